"""Several people in one case at the same instant."""

from __future__ import annotations

import pytest

from foundation.accounts.errors import Refused, Stale
from foundation.audit.models import AuditRow
from issues import actions
from issues.models import CannedReply, Event, Issue, IssuePresence, IssueSeen, IssueWatch
from tests.issues import factories
from tests.issues.factories import District
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_button_pressed_many_times_watches_marks_and_is_present_once(district: District):
    issue = factories.handling(district)
    by = district.supervisor
    works = [
        lambda: actions.watch(issue=issue, by=by),
        lambda: actions.see(issue=issue, by=by),
        lambda: actions.be_present(issue=issue, doing="note", by=by),
        lambda: actions.see_all(by=by),
    ]
    results = at_once(*works * 3)
    assert not [result for result in results if isinstance(result, Exception)]
    assert IssueWatch.objects.count() == AuditRow.objects.filter(action="issues.watch").count() == 1
    assert IssuePresence.objects.count() == 1
    assert IssueSeen.objects.filter(user=by, issue__isnull=True).count() == 1


def test_of_two_replies_at_once_one_stands_and_the_other_is_told(district: District):
    issue = factories.handling(district)
    results = at_once(
        lambda: actions.reply(issue=issue, by=district.handler, text="承办人的答复。", version=issue.version),
        lambda: actions.reply(issue=issue, by=district.head, text="负责人的答复。", version=issue.version),
    )
    assert {type(result) for result in results} == {Issue, Stale}
    assert Event.objects.filter(verb="reply").count() == 1


def test_of_two_replies_kept_under_one_name_at_once_one_is_refused_in_words(district: District):
    def keep() -> CannedReply:
        return actions.add_canned(department=district.bureau, title="已受理", text="话", by=district.handler)

    results = at_once(keep, keep)
    assert {type(result) for result in results} == {CannedReply, Refused}
