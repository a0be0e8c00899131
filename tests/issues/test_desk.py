"""Working in the ledger: views kept and shared, columns, tags, reminders."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from foundation.accounts.errors import Refused
from foundation.accounts.permissions import Role
from foundation.notices.models import Notice
from issues import actions
from issues.models import Issue, SavedView, Tag
from tests.accounts.factories import UserFactory
from tests.issues import factories
from tests.issues.factories import sh

pytestmark = pytest.mark.django_db


def text_of(response):
    return response.content.decode()


def tab_labels(client, query=""):
    return [str(tab["label"]) for tab in client.get(f"/issues/?{query}").context["tabs"]]


class TestViews:
    def test_a_view_keeps_its_order_its_name_and_its_columns(self, client, district):
        client.force_login(district.office)
        for name in ("甲", "乙"):
            client.post("/issues/views/", {"name": name, "query": "view=open&due=7d"})
        second = SavedView.objects.get(name="乙")
        client.post(f"/issues/views/{second.pk}/up/")
        client.post(f"/issues/views/{second.pk}/rename/", {"name": " 本周  到期 "})
        assert tab_labels(client)[-2:] == ["本周 到期", "甲"]
        sent = {"saved": second.pk, "in_view": "on", "column": ["handler", "nonsense"], "query": "view=open"}
        client.post("/issues/columns/", sent)
        second.refresh_from_db()
        assert second.columns == "title,handler"
        assert "handler" in [column.key for column in client.get(f"/issues/?saved={second.pk}").context["columns"]]
        assert "handler" not in [column.key for column in client.get("/issues/").context["columns"]]

    def test_a_view_shared_with_the_department_is_followed_or_copied_never_changed(self, client, district):
        view = actions.save_view(by=district.handler, name="本周到期", query="due=7d")
        actions.share_view(view=view, by=district.handler, shared="department")
        client.force_login(district.head)
        assert "本周到期" in text_of(client.get("/issues/views/"))
        client.post(f"/issues/views/{view.pk}/follow/")
        assert tab_labels(client)[-1] == "本周到期"
        actions.rename_view(view=view, by=district.handler, name="七天内")
        assert tab_labels(client)[-1] == "七天内"
        for doing in ("rename", "share", "delete", "up"):
            assert client.post(f"/issues/views/{view.pk}/{doing}/", {"name": "改"}).status_code == 404
        client.post(f"/issues/views/{view.pk}/copy/")
        assert SavedView.objects.get(owner=district.head).query == "due=7d"
        assert tab_labels(client).count("七天内") == 1  # the copy stands for the one followed
        client.force_login(district.other_handler)
        assert "七天内" not in text_of(client.get("/issues/views/"))
        assert client.post(f"/issues/views/{view.pk}/follow/").status_code == 404

    def test_only_the_office_shares_with_everybody_and_taking_back_clears_the_tabs(self, client, district):
        own = actions.save_view(by=district.handler, name="我的", query="")
        with pytest.raises(Refused):
            actions.share_view(view=own, by=district.handler, shared="district")
        view = actions.save_view(by=district.office, name="全区红牌", query="view=red")
        actions.share_view(view=view, by=district.office, shared="district")
        actions.follow_view(view=view, by=district.cadre)
        assert SavedView.objects.visible_to(district.supervisor).filter(pk=view.pk).exists()
        assert not SavedView.objects.visible_to(district.speaker).exists()
        client.force_login(district.cadre)
        assert "全区红牌" in tab_labels(client)
        actions.share_view(view=view, by=district.office, shared="")
        assert "全区红牌" not in tab_labels(client)

    def test_saved_tabs_are_counted_after_the_page_within_ones_own_sight(self, client, district):
        factories.dispatched(district)
        factories.dispatched(district, district.other_bureau)
        view = actions.save_view(by=district.office, name="待签", query="view=open&status=dispatched")
        actions.share_view(view=view, by=district.office, shared="district")
        actions.follow_view(view=view, by=district.handler)
        for person, count in ((district.office, 2), (district.handler, 1)):
            client.force_login(person)
            assert f'<span id="view-count-{view.pk}" hx-swap-oob="true">{count}</span>' in text_of(
                client.get("/issues/views/counts/")
            )

    @pytest.mark.parametrize("name", ["", "   ", "长" * 21, "a\x00b"])
    def test_a_name_that_cannot_be_kept_is_refused_in_words(self, client, district, name):
        client.force_login(district.office)
        assert client.post("/issues/views/", {"name": name, "query": "view=open"}).status_code == 422
        assert not SavedView.objects.exists()

    def test_markup_in_a_name_stays_text(self, client, district):
        actions.save_view(by=district.office, name="<b>粗</b>", query="view=open")
        client.force_login(district.office)
        for path in ("/issues/", "/issues/views/"):
            assert "<b>粗</b>" not in text_of(client.get(path))


class TestColumns:
    def test_chosen_columns_are_remembered_and_exported(self, client, district):
        factories.handling(district)
        client.force_login(district.office)
        response = client.post("/issues/columns/", {"column": ["channel", "handler", "last"], "query": "view=open"})
        assert response.url == "/issues/?view=open"
        page = client.get("/issues/")
        heads = [column.key for column in page.context["columns"]]
        assert heads == ["title", "handler", "channel", "last"]
        assert district.handler.name in text_of(page)
        sheet = load_workbook(BytesIO(client.get(f"/issues/export/?columns={page.context['in_sheet']}").content)).active
        assert [cell.value for cell in sheet[1]] == ["编号", "标题", "承办人", "来源渠道", "最近动态"]
        client.post("/issues/columns/", {"usual": "1"})
        assert "level" in [column.key for column in client.get("/issues/").context["columns"]]

    @pytest.mark.parametrize("shown", [[], ["rating", "tags", "handler", "park", "returns", "closed"]])
    def test_queries_are_the_same_for_one_row_and_many_whatever_the_columns(self, client, district, shown):
        actions.choose_columns(by=district.office, keys=shown)
        tag = actions.create_tag(by=district.office, name="重点")
        actions.save_view(by=district.office, name="视图", query="view=open")
        client.force_login(district.office)
        counts = []
        for wanted in (1, 4):
            while Issue.objects.count() < wanted:
                actions.tag(issue=factories.dispatched(district), by=district.office, labels=[tag])
            client.get("/issues/")
            with CaptureQueriesContext(connection) as seen:
                client.get("/issues/")
            counts.append(len(seen))
        assert counts[0] == counts[1] <= 11


class TestTags:
    def test_a_tag_is_made_by_the_office_put_on_by_officials_and_found(self, client, district):
        issue, other = factories.dispatched(district), factories.dispatched(district)
        client.force_login(district.office)
        client.post("/issues/tags/", {"name": " 重点企业 "})
        tag = Tag.objects.get(name="重点企业")
        client.force_login(district.handler)
        response = client.post(f"/issues/{issue.pk}/tag/", {"labels": [tag.pk], "version": issue.version})
        assert response.status_code == 302
        text = text_of(client.get(f"/issues/?label={tag.pk}"))
        assert issue.number in text and other.number not in text
        assert '<span class="tag">重点企业</span>' in text
        assert "+重点企业" in text_of(client.get(f"/issues/{issue.pk}/"))

    def test_the_enterprise_reads_no_tag(self, client, district):
        issue = factories.dispatched(district)
        tag = actions.create_tag(by=district.office, name="信访转办")
        actions.tag(issue=issue, by=district.cadre, labels=[tag])
        client.force_login(district.speaker)
        for path in (f"/appeals/{issue.pk}/", "/appeals/", f"/api/v1/issues/{issue.pk}/", "/notices/"):
            assert "信访转办" not in text_of(client.get(path))
        with pytest.raises(Refused):
            actions.tag(issue=issue, by=district.speaker, labels=[])

    def test_a_retired_tag_stays_where_it_is_and_is_offered_no_more(self, district):
        first, second = factories.dispatched(district), factories.dispatched(district)
        tag = actions.create_tag(by=district.office, name="试点")
        actions.tag(issue=first, by=district.office, labels=[tag])
        tag = actions.edit_tag(tag=tag, by=district.office, is_active=False, version=tag.version)
        actions.tag(issue=first, by=district.office, labels=[tag])
        with pytest.raises(Refused, match="已停用"):
            actions.tag(issue=second, by=district.office, labels=[tag])
        assert list(Tag.objects.offered_for(first)) == [tag]
        assert not Tag.objects.offered_for(second).exists()

    def test_two_tags_of_one_name_are_refused_and_others_may_not_make_any(self, client, district):
        actions.create_tag(by=district.office, name="试点")
        with pytest.raises(Refused):
            actions.create_tag(by=district.office, name=" 试点")
        with pytest.raises(Refused):
            actions.create_tag(by=district.supervisor, name="别的")
        client.force_login(district.office)
        assert client.post("/issues/tags/", {"name": "试点"}).status_code == 422

    def test_the_same_tags_again_write_nothing(self, district):
        issue = factories.dispatched(district)
        tag = actions.create_tag(by=district.office, name="试点")
        once = actions.tag(issue=issue, by=district.office, labels=[tag])
        again = actions.tag(issue=once, by=district.office, labels=[tag])
        assert (again.version, again.events.count()) == (once.version, once.events.count())


class TestReminders:
    def test_the_handler_and_the_head_are_told_once_a_day(self, district, clock):
        issue = factories.handling(district)
        done = actions.remind(issue=issue, by=district.supervisor, text="企业已来电三次,请尽快答复。")
        told = Notice.objects.filter(kind="issue.remind")
        assert {notice.recipient_id for notice in told} == {district.handler.pk, district.head.pk}
        with pytest.raises(Refused, match="今天已催办过"):
            actions.remind(issue=done, by=district.office, text="再催")
        clock.move_to(sh("2026-11-10 00:30"))
        actions.remind(issue=done, by=district.office, text="再催")
        assert told.all().count() == 4

    def test_those_who_handle_do_not_remind_themselves(self, district):
        issue = factories.handling(district)
        for person in (district.handler, district.head, district.cadre, district.speaker):
            with pytest.raises(Refused):
                actions.remind(issue=issue, by=person, text="请加快")


def test_watched_cases_are_a_tab(client, district):
    watched, _other = factories.dispatched(district), factories.dispatched(district)
    actions.watch(issue=watched, by=district.supervisor)
    client.force_login(district.supervisor)
    page = client.get("/issues/?view=watched")
    assert [row["number"] for row in page.context["page"]] == [watched.number]
    assert next(tab["count"] for tab in page.context["tabs"] if tab["active"]) == 1


def test_ones_department_is_a_tab_for_those_who_do_not_see_the_whole_district(client, district):
    own = factories.dispatched(district)
    factories.dispatched(district, district.other_bureau)
    clerk = UserFactory(roles=[Role.CADRE, Role.HANDLER], department=district.bureau)
    client.force_login(clerk)
    page = client.get("/issues/?view=department")
    assert [row["number"] for row in page.context["page"]] == [own.number]
    client.force_login(district.office)
    assert "本部门" not in tab_labels(client)


def test_tags_and_views_are_in_the_api(client, district):
    client.force_login(district.office)
    made = client.post("/api/v1/tags/", {"name": "重点"}, content_type="application/json")
    assert made.status_code == 201
    tag = made.json()
    sent = {"is_active": False, "version": tag["version"]}
    changed = client.patch(f"/api/v1/tags/{tag['id']}/", sent, content_type="application/json")
    assert changed.json()["is_active"] is False
    assert client.patch(f"/api/v1/tags/{tag['id']}/", sent, content_type="application/json").status_code == 409
    assert (
        client.post("/api/v1/saved-views/", {"name": "周", "query": "due=7d"}, content_type="application/json").json()[
            "name"
        ]
        == "周"
    )
    issue = factories.dispatched(district)
    live = actions.create_tag(by=district.office, name="试点")
    body = {"labels": [live.pk], "version": issue.version}
    assert client.post(f"/api/v1/issues/{issue.pk}/tag/", body, content_type="application/json").status_code == 200
    found = client.get(f"/api/v1/issues/?label={live.pk}").json()["results"]
    assert [row["number"] for row in found] == [issue.number]
    client.force_login(district.speaker)
    assert client.get("/api/v1/tags/").status_code == 403
