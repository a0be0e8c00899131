"""Watching a case: being told of it without having a part in it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from rest_framework.test import APIClient

from foundation.accounts.errors import Refused
from foundation.accounts.permissions import Role
from foundation.audit.models import AuditRow
from foundation.clocks.actions import sweep
from foundation.notices.models import Notice
from issues import actions
from issues.limits import timing
from issues.models import IssueWatch
from liaison.models import Assignment
from tests.accounts.factories import UserFactory
from tests.issues import factories
from tests.issues.factories import District, sh

API = "/api/v1/issues/"


def told(user: Any) -> list[str]:
    return sorted(Notice.objects.filter(recipient=user).values_list("kind", flat=True))


def test_who_watches_is_told_of_public_and_of_internal_events_once_each(district: District):
    issue = factories.handling(district)
    for _ in range(2):
        actions.watch(issue=issue, by=district.supervisor)
    actions.reply(issue=issue, by=district.handler, text="已联系企业。")
    actions.note(issue=issue, by=district.handler, text="内部说明。")
    assert told(district.supervisor) == ["issue.note", "issue.reply"]
    assert Notice.objects.filter(recipient=district.supervisor).first().url == f"/issues/{issue.pk}/"
    assert AuditRow.objects.filter(action="issues.watch").count() == 1


def test_one_s_own_deeds_and_those_after_unwatching_are_not_told(district: District):
    issue = factories.handling(district)
    actions.watch(issue=issue, by=district.supervisor)
    actions.note(issue=issue, by=district.supervisor, text="自己写的。")
    actions.unwatch(issue=issue, by=district.supervisor)
    actions.unwatch(issue=issue, by=district.supervisor)
    actions.reply(issue=issue, by=district.handler, text="已联系企业。")
    assert told(district.supervisor) == []


def test_who_has_a_part_in_the_case_and_watches_it_is_told_once(district: District):
    issue = factories.handling(district)
    actions.watch(issue=issue, by=district.handler)
    actions.ask(issue=issue, by=district.handler, text="请补充清单。")
    actions.answer(issue=issue, by=district.speaker, text="清单已附。")
    assert told(district.handler).count("issue.answer") == 1


def test_a_case_out_of_sight_is_not_told_of_until_it_is_seen_again(district: District):
    issue = factories.handling(district)
    actions.watch(issue=issue, by=district.cadre)
    Assignment.objects.filter(user=district.cadre).update(ended_on=date(2026, 11, 1))
    actions.note(issue=issue, by=district.handler, text="此后与他无关。")
    assert told(district.cadre) == []
    Assignment.objects.filter(user=district.cadre).update(ended_on=None)
    actions.note(issue=issue, by=district.handler, text="又是他的企业。")
    assert told(district.cadre) == ["issue.note"]


def test_who_lost_the_role_is_not_told(district: District):
    issue = factories.handling(district)
    actions.watch(issue=issue, by=district.supervisor)
    district.supervisor.role_grants.all().delete()
    actions.note(issue=issue, by=district.handler, text="内部说明。")
    assert told(district.supervisor) == []


@pytest.mark.parametrize("who", ["speaker", "other_handler"])
def test_only_officials_who_see_the_case_may_watch_it(district: District, who: str):
    issue = factories.handling(district)
    with pytest.raises(Refused, match="可以关注"):
        actions.watch(issue=issue, by=getattr(district, who))
    assert not IssueWatch.objects.exists()


def test_a_warning_reaches_who_watches(district: District, clock: Any):
    issue = factories.handling(district)
    actions.reply(issue=issue, by=district.handler, text="在办。")
    actions.watch(issue=issue, by=district.supervisor)
    clock.move_to(sh("2026-11-24 00:00"))
    sweep(at=sh("2026-11-24 00:00"), kind=timing.RESOLVE)
    assert {"issue.warn_yellow", "issue.warn_red"} <= set(told(district.supervisor))


def test_the_button_turns_and_works_without_scripts(client: Any, district: District):
    issue = factories.handling(district)
    client.force_login(district.cadre)
    assert 'aria-pressed="false"' in client.get(f"/issues/{issue.pk}/").content.decode()
    page = client.post(f"/issues/{issue.pk}/watch/start/", follow=True).content.decode()
    assert "已关注" in page and 'aria-pressed="true"' in page
    part = client.post(f"/issues/{issue.pk}/watch/stop/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part and 'aria-pressed="false"' in part
    client.force_login(district.other_handler)
    assert client.post(f"/issues/{issue.pk}/watch/start/").status_code == 404


def test_the_api_watches_and_narrows_to_what_is_watched(district: District):
    issue, other = factories.handling(district), factories.register(district)
    api = APIClient()
    api.force_login(district.office)
    for _ in range(2):
        assert api.post(f"{API}{issue.pk}/watch/", {}, format="json").status_code == 204
    assert [row["id"] for row in api.get(API, {"watched": "true"}).json()["results"]] == [issue.pk]
    assert [row["id"] for row in api.get(API, {"watched": "false"}).json()["results"]] == [other.pk]
    assert api.post(f"{API}{issue.pk}/watch/", {"user": 1}, format="json").status_code == 400
    assert api.post(f"{API}{issue.pk}/unwatch/", {}, format="json").status_code == 204
    assert api.get(API, {"watched": "true"}).json()["count"] == 0
    api.force_login(UserFactory(roles=[Role.HANDLER], department=district.other_bureau))
    assert api.post(f"{API}{issue.pk}/watch/", {}, format="json").status_code == 404
    api.force_login(district.speaker)
    assert api.post(f"{API}{issue.pk}/watch/", {}, format="json").status_code == 403
    assert api.get(API, {"watched": "true"}).status_code == 400
