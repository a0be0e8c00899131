"""Replies a department keeps ready: kept by its people, filled from the case, offered by use."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from foundation.accounts.errors import Refused, Stale
from foundation.accounts.permissions import Role
from issues import actions
from issues.actions.canned import MOST
from issues.canned import fill
from issues.models import CannedReply
from tests.accounts.factories import DepartmentFactory, UserFactory, root
from tests.issues import factories
from tests.issues.factories import District, sh

API = "/api/v1/canned-replies/"


def keep(district: District, title: str = "已受理", text: str = "{企业}:{编号}已受理,{期限}答复。", **facts: Any):
    given = {"department": district.bureau, "by": district.handler} | facts
    return actions.add_canned(title=title, text=text, **given)


def test_a_reply_is_filled_from_the_case(client: Any, district: District):
    issue = factories.handling(district)
    keep(district, text="{企业}|{编号}|{标题}|{期限}|{部门}|{承办人}|{今天}")
    client.force_login(district.head)
    [phrase] = client.get(f"/issues/{issue.pk}/phrases/").context["phrases"]
    words = [
        district.enterprise.name,
        issue.number,
        "货车夜间通行证到期",
        "11月12日前",
        "区交通局",
        "承办人",
        "11月9日",
    ]
    assert phrase.text == "|".join(words)


def test_what_the_case_itself_has_in_braces_is_not_filled_again(district: District):
    issue = factories.register(district, title="{企业}怎么办")
    assert fill("关于“{标题}”", issue, district.office) == "关于“{企业}怎么办”"
    assert "近日内" in fill("{期限}", issue, district.office)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("请在{日期}前补充", "invalid_place"),
        ("{}", "invalid_place"),
        ("  ", "missing_text"),
        ("长" * 1001, "invalid_too_long"),
        ("\x00", "invalid_text"),
        ("\ud800", "invalid_text"),
    ],
)
def test_what_cannot_be_filled_or_kept_is_refused(district: District, text: str, code: str):
    with pytest.raises(Refused) as refused:
        keep(district, text=text)
    assert refused.value.code == code
    assert not CannedReply.objects.exists()


def test_a_title_stands_once_and_a_department_keeps_a_limited_number(district: District):
    keep(district)
    with pytest.raises(Refused, match="已有名为“已受理”"):
        keep(district)
    keep(district, department=district.other_bureau, by=district.other_handler)
    facts = {
        "department": district.bureau,
        "text": "话",
        "changed_by": district.head,
        "changed_at": sh("2026-11-09 10:00"),
    }
    rows = [CannedReply(title=f"第{n}条", **facts) for n in range(MOST - 1)]
    CannedReply.objects.bulk_create(rows)
    with pytest.raises(Refused, match=f"最多 {MOST} 条"):
        keep(district, title="再来一条")


def test_each_department_keeps_its_own_and_uses_what_stands_above(client: Any, district: District):
    section = DepartmentFactory(name="运输科", parent=district.bureau)
    clerk = UserFactory(roles=[Role.HANDLER], department=section)
    own = keep(district)
    keep(district, title="全区通用", department=root(), by=district.office)
    keep(district, title="别局的话", department=district.other_bureau, by=district.other_handler)
    for by in (clerk, district.other_handler, district.cadre, district.speaker):
        with pytest.raises(Refused) as refused:
            actions.edit_canned(reply=own, title="x", text="x", by=by)
        assert refused.value.code == "not_allowed"
    client.force_login(clerk)
    page = client.get("/canned-replies/").content.decode()
    assert "已受理" in page and "全区通用" in page and "别局的话" not in page
    assert client.get(f"/canned-replies/{own.pk}/").status_code == 404
    issue = factories.dispatched(district, to=section)
    titles = [phrase.title for phrase in client.get(f"/issues/{issue.pk}/phrases/").context["phrases"]]
    assert sorted(titles) == ["全区通用", "已受理"]
    client.force_login(district.other_handler)
    assert client.get(f"/issues/{issue.pk}/phrases/").status_code == 404


def test_the_most_used_comes_first_and_a_use_counts_with_the_verb(client: Any, district: District):
    issue = factories.handling(district)
    keep(district, title="甲")
    often = keep(district, title="乙")
    foreign = keep(district, title="丙", department=district.other_bureau, by=district.other_handler)
    client.force_login(district.handler)
    sent = {"text": "", "version": issue.version, "canned": [often.pk, foreign.pk, "x", "9" * 30]}
    client.post(f"/issues/{issue.pk}/reply/", sent)  # nothing written: not used either
    assert CannedReply.objects.get(pk=often.pk).used == 0
    client.post(f"/issues/{issue.pk}/reply/", sent | {"text": "已受理。"})
    assert list(CannedReply.objects.values_list("title", "used")) == [("乙", 1), ("丙", 0), ("甲", 0)]


def test_the_menu_stands_where_texts_go_out_and_its_markup_stays_text(client: Any, district: District):
    issue = factories.handling(district)
    keep(district, title="<b>粗</b>", text='<script>alert("1")</script>')
    client.force_login(district.handler)
    page = client.get(f"/issues/{issue.pk}/").content.decode()
    assert page.count(f'hx-get="/issues/{issue.pk}/phrases/"') == 3  # reply, ask, resolve
    menu = client.get(f"/issues/{issue.pk}/phrases/", headers={"HX-Request": "true"}).content.decode()
    assert "<script>" not in menu and "<b>粗" not in menu and 'data-insert="&lt;script&gt;' in menu
    client.force_login(district.cadre)
    assert "phrases" not in client.get(f"/issues/{issue.pk}/").content.decode()


def test_a_stale_edit_shows_both_texts_and_saves_on_the_second_try(client: Any, district: District):
    reply = keep(district)
    actions.edit_canned(reply=reply, title="已受理", text="别人改的话。", by=district.head, version=1)
    with pytest.raises(Stale):
        actions.edit_canned(reply=reply, title="已受理", text="我的话。", by=district.handler, version=1)
    client.force_login(district.handler)
    path = f"/canned-replies/{reply.pk}/"
    late = client.post(path, {"title": "已受理", "text": "我的话。", "version": 1})
    page = late.content.decode()
    assert late.status_code == 409 and "别人改的话。" in page and "我的话。" in page and 'value="2"' in page
    assert client.post(path, {"title": "已受理", "text": "我的话。", "version": 2}).status_code == 302
    assert CannedReply.objects.get().text == "我的话。"
    assert client.post(f"{path}delete/", {"version": 1}).status_code == 302 and CannedReply.objects.exists()
    client.post(f"{path}delete/", {"version": 3})
    assert not CannedReply.objects.exists()


def test_the_page_keeps_what_was_typed_when_it_refuses(client: Any, district: District):
    client.force_login(district.head)
    sent = {"department": district.bureau.pk, "title": "补充", "text": "请在{日期}前补充"}
    answer = client.post("/canned-replies/", sent)
    assert answer.status_code == 422
    assert "请在{日期}前补充" in answer.content.decode() and "不认识“{日期}”" in answer.content.decode()
    foreign = client.post("/canned-replies/", sent | {"department": district.other_bureau.pk, "text": "话"})
    assert foreign.status_code == 422 and not CannedReply.objects.exists()
    assert client.post("/canned-replies/", sent | {"text": "请补充。"}).status_code == 302


def test_the_api_keeps_replies_too(district: District):
    api = APIClient()
    api.force_login(district.handler)
    made = api.post(API, {"title": "已受理", "text": "{企业}已受理"}, format="json")
    assert made.status_code == 201 and made.json()["department"] == district.bureau.pk
    path = f"{API}{made.json()['id']}/"
    assert api.patch(path, {"text": "新的话", "version": 1}, format="json").json()["version"] == 2
    stale = api.patch(path, {"text": "旧的话", "version": 1}, format="json")
    assert stale.status_code == 409 and stale.json()["current"]["text"] == "新的话"
    assert api.patch(path, {"department": district.other_bureau.pk, "version": 2}, format="json").status_code == 400
    assert api.post(API, {"title": "x", "text": "{x}"}, format="json").status_code == 422
    given = {"title": "x", "text": "x", "department": district.other_bureau.pk}
    assert api.post(API, given, format="json").status_code == 403
    api.force_login(district.other_handler)
    assert api.get(API).json()["count"] == 0 and api.delete(path).status_code == 404
    api.force_login(district.handler)
    assert api.delete(path).status_code == 204 and not CannedReply.objects.exists()


def test_the_list_costs_the_same_for_one_and_for_many(client: Any, district: District):
    client.force_login(district.handler)
    counts = []
    for wanted in (1, 4):
        while CannedReply.objects.count() < wanted:
            keep(district, title=f"第{CannedReply.objects.count()}条")
        with CaptureQueriesContext(connection) as seen:
            client.get("/canned-replies/")
        counts.append(len(seen))
    assert counts[0] == counts[1]
