"""Mentioning colleagues in what officials write among themselves: told by name, and never widening who sees a case."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from foundation.accounts.errors import Refused
from foundation.accounts.models import User
from foundation.accounts.permissions import Role
from foundation.notices.models import Notice
from issues import actions
from issues.models import Event, Issue
from tests.accounts.factories import UserFactory
from tests.effort import examples
from tests.issues import factories
from tests.issues.factories import District


def told(user: Any) -> list[str]:
    return list(Notice.objects.filter(recipient=user).values_list("kind", flat=True))


def colleague(district: District, name: str, **facts: Any) -> User:
    return UserFactory(**{"roles": [Role.HANDLER], "department": district.bureau, "name": name} | facts)


def note(issue: Issue, by: User, text: str, **more: Any) -> Event:
    actions.note(issue=issue, by=by, text=text, **more)
    return Event.objects.filter(issue=issue, verb="note").latest("pk")


@pytest.mark.parametrize(
    "text",
    [
        "@李丽 请看一下",
        "请@李丽看一下",
        "@李丽",
        "\uff20李丽,材料在附件",
        "第一行\n@李丽。",
        "@李丽(区交通局)请看",
        "@李丽(急)",
    ],
)
def test_a_name_calls_the_person_whatever_follows_it(district: District, text: str):
    issue, lili = factories.handling(district), colleague(district, "李丽")
    event = note(issue, district.handler, text)
    assert [one["user"] for one in event.data["mentions"]] == [lili.pk]
    [notice] = Notice.objects.filter(recipient=lili)
    assert (notice.kind, notice.body) == ("issue.mention", text)
    assert notice.subject.startswith("承办人提到了您:货车")


def test_the_longest_name_is_meant(district: District):
    issue = factories.handling(district)
    lili, lilijuan = colleague(district, "李丽"), colleague(district, "李丽娟")
    note(issue, district.handler, "@李丽娟请看")
    assert told(lilijuan) == ["issue.mention"] and told(lili) == []


def test_who_watches_and_is_mentioned_is_told_once_and_oneself_never(district: District):
    issue = factories.handling(district)
    actions.watch(issue=issue, by=district.supervisor)
    note(issue, district.handler, "@督导 @督导 @承办人 请知悉")
    assert told(district.supervisor) == ["issue.mention"]
    assert "issue.mention" not in told(district.handler)


@pytest.mark.parametrize("name", ["别局承办人", "企业经办人", "查无此人"])
def test_who_does_not_see_the_case_cannot_be_mentioned_and_nothing_is_written(district: District, name: str):
    issue = factories.handling(district)
    with pytest.raises(Refused, match="看得到此件的同事") as refused:
        note(issue, district.handler, f"@{name}")
    assert refused.value.code == "invalid_mention"
    assert not Event.objects.filter(verb="note").exists()
    assert not Notice.objects.filter(kind="issue.mention").exists()
    assert not Issue.objects.visible_to(district.other_handler).filter(pk=issue.pk).exists()


def test_of_two_with_a_name_only_the_one_who_sees_the_case_is_meant(district: District):
    near = colleague(district, "李丽")
    colleague(district, "李丽", department=district.other_bureau)
    colleague(district, "李丽", is_active=False)
    event = note(factories.handling(district), district.handler, "@李丽 请看")
    assert [one["user"] for one in event.data["mentions"]] == [near.pk]


def test_namesakes_are_told_apart_by_what_stands_in_brackets(district: District):
    issue = factories.handling(district)
    one, other = colleague(district, "李丽", username="lili1"), colleague(district, "李丽", username="lili2")
    office = colleague(district, "李丽", roles=[Role.OFFICE], department=district.other_bureau)
    with pytest.raises(Refused) as refused:
        note(issue, district.handler, "@李丽 请看")
    assert "@李丽(lili1)" in refused.value.message and "@李丽(区城管局)" in refused.value.message
    note(issue, district.handler, "@李丽(lili2)请看")
    note(issue, district.handler, "@李丽（区城管局）请看")
    assert (told(one), told(other), told(office)) == ([], ["issue.mention"], ["issue.mention"])


@pytest.mark.parametrize("text", ["发到 wang@example.cn", "单价 5@10", "@ 空格", "结尾@", "@abc"])
def test_other_uses_of_the_sign_mention_nobody(district: District, text: str):
    assert "mentions" not in note(factories.handling(district), district.handler, text).data


def test_the_page_asks_which_of_several_is_meant_and_then_does_it(client: Any, district: District):
    issue = factories.handling(district)
    one, other = colleague(district, "李丽"), colleague(district, "李丽", title="科长")
    client.force_login(district.handler)
    sent = {"text": "@李丽 请看", "version": issue.version}
    answer = client.post(f"/issues/{issue.pk}/note/", sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert page.count('name="mentions"') == 2 and "李丽 · 区交通局 科长" in page and "@李丽 请看" in page
    assert client.post(f"/issues/{issue.pk}/note/", sent | {"mentions": [other.pk]}).status_code == 302
    assert (told(one), told(other)) == ([], ["issue.mention"])
    assert 'name="mentions"' not in client.get(f"/issues/{issue.pk}/").content.decode()


def test_a_mention_is_marked_on_the_timeline_and_markup_stays_text(client: Any, district: District):
    issue = factories.handling(district)
    colleague(district, "李<b>丽")
    note(issue, district.handler, "@督导 <script>alert(1)</script>")
    client.force_login(district.office)
    page = client.get(f"/issues/{issue.pk}/").content.decode()
    assert '<b class="at">@督导</b> &lt;script&gt;' in page
    client.force_login(district.speaker)
    assert "督导" not in client.get(f"/appeals/{issue.pk}/").content.decode()


@pytest.mark.parametrize("ids", [["0"], ["x"], ["-1"], ["9" * 30], ["\x00"], ["1"] * 500])
def test_forged_choices_do_no_harm(client: Any, district: District, ids: list[str]):
    issue = factories.handling(district)
    client.force_login(district.handler)
    status = client.post(f"/issues/{issue.pk}/note/", {"text": "备注", "mentions": ids}).status_code
    assert status in (302, 422)


def test_choosing_somebody_who_does_not_see_the_case_is_refused(client: Any, district: District):
    issue = factories.handling(district)
    client.force_login(district.handler)
    answer = client.post(f"/issues/{issue.pk}/note/", {"text": "备注", "mentions": [district.other_handler.pk]})
    assert answer.status_code == 422 and "看得到此件的同事" in answer.content.decode()
    assert told(district.other_handler) == []


def test_the_completion_offers_only_who_sees_the_case(client: Any, district: District):
    issue = factories.handling(district)
    colleague(district, "李丽")
    colleague(district, "李丽", title="科长", username="lili")
    colleague(district, "李雷", department=district.other_bureau)
    client.force_login(district.handler)

    def offered(words: str) -> list[str]:
        return [one["insert"] for one in client.get(f"/issues/{issue.pk}/people/", {"q": words}).json()["people"]]

    assert len(offered("李")) == 2 and "@李丽(lili)" in offered("李")
    assert offered("企业经办人") == [] and offered("\x00%") == []
    assert "@负责人" in offered("") and "@承办人" not in offered("")
    client.force_login(district.other_handler)
    assert client.get(f"/issues/{issue.pk}/people/").status_code == 404


def test_the_completion_looks_at_a_bounded_number_of_people(
    client: Any, district: District, django_assert_max_num_queries
):
    issue = factories.handling(district)
    for n in range(12):
        colleague(district, f"王{n}", department=district.other_bureau)
    client.force_login(district.handler)
    with django_assert_max_num_queries(60):
        assert client.get(f"/issues/{issue.pk}/people/", {"q": "王"}).json() == {"people": []}


def test_the_api_mentions_by_name_and_by_id(district: District):
    issue = factories.handling(district)
    api = APIClient()
    api.force_login(district.handler)
    path = f"/api/v1/issues/{issue.pk}/note/"
    sent = {"text": "@督导 请看", "mentions": [district.head.pk]}
    assert api.post(path, sent, format="json").status_code == 200
    assert told(district.supervisor)[-1] == told(district.head)[0] == "issue.mention"
    refused = api.post(path, {"text": "备注", "mentions": [district.other_handler.pk]}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_mention")
    assert api.post(path, {"text": "备注", "mentions": ["x"]}, format="json").status_code == 400


@settings(max_examples=examples(15), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.sampled_from("@＠督导承办人李 ,。()（）a.\n"), min_size=1, max_size=16).filter(str.strip))
def test_whatever_is_typed_is_either_kept_or_refused_in_words(district: District, text: str):
    issue = Issue.objects.first() or factories.handling(district)
    try:
        event = note(issue, district.handler, text)
    except Refused as refused:
        assert refused.code.startswith("invalid_mention")
    else:
        assert event.text == text.strip()
        assert {one["user"] for one in event.data.get("mentions", ())} <= {district.supervisor.pk, district.handler.pk}
