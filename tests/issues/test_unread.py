"""Unread marks: what was said since a person last opened a case, for officials and for the enterprise's side."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from issues import actions, unread
from issues.models import Issue, IssueSeen
from tests.issues import factories
from tests.issues.factories import District, sh

LIST = "/api/v1/issues/"


def marked(client: Any, path: str = "/issues/") -> list[str]:
    """The numbers of the rows that carry the mark."""
    html = client.get(path).content.decode()
    rows = [row for row in re.split(r'<tr|<div class="item', html) if re.match(r'(?: class="| appeal )unread"', row)]
    assert html.count("未读 </span>") == len(rows)
    return sorted(re.findall(r"QL-2026-\d+", row)[0] for row in rows)


def news(user: Any) -> frozenset[int]:
    return unread.among(user, Issue.objects.values("pk", "last_event_at", "last_public_event_at"))


def handled_since(district: District, clock: Any) -> Issue:
    """Taken on some time after the enterprise handed it in."""
    issue = factories.register(district)
    clock.move_to(sh("2026-11-09 10:30"))
    issue = actions.dispatch(issue=issue, to=district.bureau, by=district.office)
    return actions.accept(issue=issue, by=district.handler)


def test_a_case_is_new_until_opened_and_again_when_others_say_something(client: Any, district: District, clock: Any):
    issue, other = factories.handling(district), factories.handling(district)
    client.force_login(district.supervisor)
    assert marked(client) == sorted([issue.number, other.number])
    client.get(f"/issues/{issue.pk}/")
    assert marked(client) == [other.number]
    clock.move_to(sh("2026-11-09 11:00"))
    actions.note(issue=issue, by=district.handler, text="内部说明。")
    assert marked(client) == sorted([issue.number, other.number])
    assert marked(client, "/issues/?unread=1") == sorted([issue.number, other.number])


def test_one_s_own_deeds_are_no_news_but_what_was_unread_before_them_stays(district: District, clock: Any):
    issue = factories.handling(district)
    assert news(district.handler) == frozenset()  # the handler acted last
    clock.move_to(sh("2026-11-09 11:00"))
    actions.note(issue=issue, by=district.office, text="请尽快。")
    clock.move_to(sh("2026-11-09 12:00"))
    actions.reply(issue=issue, by=district.handler, text="没看到备注就答复了。")
    assert news(district.handler) == {issue.pk}
    actions.see(issue=Issue.objects.get(pk=issue.pk), by=district.handler)
    clock.move_to(sh("2026-11-09 13:00"))
    actions.reply(issue=issue, by=district.handler, text="再答复一句。")
    assert news(district.handler) == frozenset()


def test_the_enterprise_is_shown_public_news_alone(client: Any, district: District, clock: Any):
    issue = handled_since(district, clock)
    client.force_login(district.speaker)
    assert marked(client, "/appeals/") == [issue.number]
    client.get(f"/appeals/{issue.pk}/")
    clock.move_to(sh("2026-11-09 14:00"))
    actions.note(issue=issue, by=district.handler, text="内部说明。")
    assert marked(client, "/appeals/") == []
    assert "14:00" not in client.get("/appeals/").content.decode()  # nor when officials wrote among themselves
    clock.move_to(sh("2026-11-09 15:00"))
    actions.reply(issue=issue, by=district.handler, text="已联系公安。")
    assert marked(client, "/appeals/") == [issue.number]
    client.get(f"/appeals/{issue.pk}/")
    assert marked(client, "/appeals/") == []


def test_what_the_enterprise_cannot_read_does_not_make_its_answer_stale(client: Any, district: District):
    issue = factories.waiting(district)
    client.force_login(district.speaker)
    page = client.get(f"/appeals/{issue.pk}/").content.decode()
    read = dict(re.findall(r'type="hidden" name="(version|read_until)" value="(\d+)"', page))
    actions.note(issue=issue, by=district.office, text="内部说明。")
    answer = client.post(f"/issues/{issue.pk}/answer/", {"text": "清单已附。"} | read)
    assert answer.status_code == 302
    assert Issue.objects.get(pk=issue.pk).status == "handling"


def test_all_can_be_marked_as_read_and_later_news_counts_again(client: Any, district: District, clock: Any):
    issue = factories.handling(district)
    factories.handling(district)
    client.force_login(district.supervisor)
    assert len(marked(client)) == 2
    client.post("/issues/seen/")
    assert marked(client) == marked(client, "/issues/?unread=1") == []
    clock.move_to(sh("2026-11-09 15:00"))
    actions.reply(issue=issue, by=district.handler, text="有进展。")
    assert marked(client) == marked(client, "/issues/?unread=1") == [issue.number]
    client.force_login(district.speaker)
    assert marked(client, "/appeals/") == [issue.number]
    client.post("/appeals/seen/")
    assert marked(client, "/appeals/") == []


def test_what_is_a_month_old_is_news_to_nobody_and_its_mark_is_dropped(client: Any, district: District, clock: Any):
    issue = factories.handling(district)
    client.force_login(district.handler)
    client.get(f"/issues/{issue.pk}/")
    clock.move_to(sh("2026-12-20 10:00"))
    client.force_login(district.lead)
    assert marked(client) == marked(client, "/issues/?unread=1") == []
    assert actions.forget_marks(by=None) > 0
    assert not IssueSeen.objects.exists()


def test_marks_never_go_backwards(district: District, clock: Any):
    issue = factories.handling(district)
    old = Issue.objects.get(pk=issue.pk)
    clock.move_to(sh("2026-11-10 09:00"))
    actions.note(issue=issue, by=district.office, text="新的。")
    actions.see(issue=Issue.objects.get(pk=issue.pk), by=district.handler)
    actions.see(issue=old, by=district.handler)
    assert IssueSeen.objects.get(user=district.handler).until == sh("2026-11-10 09:00")


@pytest.mark.parametrize(("who", "path"), [("supervisor", "/issues/"), ("speaker", "/appeals/")])
def test_the_marks_cost_one_query_however_many_rows(client: Any, district: District, who: str, path: str):
    client.force_login(getattr(district, who))
    counts = []
    for wanted in (1, 4):
        while Issue.objects.count() < wanted:
            factories.dispatched(district)
        client.get(path)
        with CaptureQueriesContext(connection) as seen:
            client.get(path)
        counts.append(len([one for one in seen if "issues_issueseen" in one["sql"]]))
    assert counts == [1, 1]


def test_opening_a_case_writes_its_mark_once_and_reads_it_with_the_case(client: Any, district: District):
    issue = factories.handling(district)
    client.force_login(district.supervisor)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as seen:
            client.get(f"/issues/{issue.pk}/")
        counts.append(len([one for one in seen if one["sql"].lstrip().startswith("INSERT INTO issues_issueseen")]))
    assert counts == [1, 0]


@pytest.mark.parametrize("value", ["0", "x", "\x00", "%ED%A0%80"])
def test_nonsense_for_unread_shows_the_ledger(client: Any, district: District, value: str):
    client.force_login(district.office)
    assert client.get(f"/issues/?unread={value}").status_code == 200


def test_the_api_filters_and_marks(district: District, clock: Any):
    issue = handled_since(district, clock)
    api = APIClient()
    for who in (district.supervisor, district.speaker):
        api.force_login(who)
        assert api.get(LIST, {"unread": "true"}).json()["count"] == 1
        assert api.post(f"{LIST}{issue.pk}/seen/", {}, format="json").status_code == 204
        assert api.get(LIST, {"unread": "true"}).json()["count"] == 0
        assert api.get(LIST, {"unread": "false"}).json()["count"] == 1
    clock.move_to(sh("2026-11-09 11:00"))
    actions.reply(issue=issue, by=district.handler, text="有进展。")
    assert api.get(LIST, {"unread": "true"}).json()["count"] == 1
    assert api.post(f"{LIST}seen/", {"user": 1}, format="json").status_code == 400
    assert api.post(f"{LIST}seen/", {}, format="json").status_code == 204
    assert api.get(LIST, {"unread": "true"}).json()["count"] == 0
    api.force_login(district.other_handler)
    assert api.post(f"{LIST}{issue.pk}/seen/", {}, format="json").status_code == 404
