"""The figures against a slow count, row by row, over a whole small district."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import pytest
from django.utils import timezone

from foundation.accounts.models import Department
from foundation.clocks.models import Warning
from issues.models import FollowUpCall, Handling, Issue
from liaison.models import VisitDuty
from supervision.catalogue import MEASURES
from supervision.district import DISTRICT
from supervision.periods import recent_months
from supervision.standings import figures_by_department, rows_behind


def slow_visits(period, now):
    for duty in VisitDuty.objects.all():
        if duty.cancelled_at is None and duty.department_id and period.start < duty.due_at <= period.end:
            yield duty.department_id, int(bool(duty.done_at and duty.done_at < duty.due_at))


def slow_accept(period, now):
    for turn in Handling.objects.all():
        due = turn.accept_due_at
        if due is None or not period.start < due <= period.end or (due > now and not turn.accepted_at):
            continue
        if turn.accepted_at is None and turn.ended_at and turn.ended_at < due:
            continue
        yield turn.department_id, int(bool(turn.accepted_at and turn.accepted_at < due and not turn.accept_deemed))


def slow_resolve(period, now):
    for turn in Handling.objects.select_related("issue"):
        due, back = turn.resolve_due_at, turn.recurred_at
        falls_due = period.start < due <= period.end and (due <= now or turn.ended_at is not None)
        came_back = back is not None and period.start <= back < period.end and back <= now
        if not (falls_due or came_back):
            continue
        if turn.ended_at is None and turn.issue.waiting_since and turn.issue.waiting_since < due:
            continue
        if turn.resolved_at is None and turn.ended_at and turn.ended_at < due:
            continue
        known = back is not None and back < period.end and back <= now
        in_time = bool(turn.resolved_at and turn.resolved_at < due)
        yield turn.department_id, int(period.start < due <= period.end and in_time and not known)


def slow_satisfaction(period, now):
    for case in Issue.objects.all():
        if case.department_id and case.rated_at and period.start <= case.rated_at < period.end:
            yield case.department_id, case.rating


def slow_reopen(period, now):
    def within(at):
        return at is not None and period.start <= at < period.end

    for turn in Handling.objects.all():
        if within(turn.resolved_at) or within(turn.rejected_at):
            yield turn.department_id, int(within(turn.rejected_at))


def slow_rejected(period, now):
    def within(at):
        return at is not None and period.start <= at < period.end

    for turn in Handling.objects.all():
        sent_back = within(turn.rejected_at) and not turn.false_closure
        if within(turn.resolved_at) or sent_back:
            yield turn.department_id, int(sent_back)


def slow_refuted(period, now):
    for call in FollowUpCall.objects.select_related("handling"):
        if call.finding in ("solved", "partly", "unsolved") and period.start <= call.done_at < period.end:
            yield call.handling.department_id, int(call.finding == "unsolved")


def slow_red(period, now):
    carded = {
        card.clock.owner_id
        for card in Warning.objects.filter(level=2).select_related("clock")
        if card.clock.kind in ("issue.first_reply", "issue.resolve") and period.start < card.due_at <= period.end
    }
    for turn in Handling.objects.all():
        ended = turn.ended_at and turn.ended_at < period.start
        if not (ended or turn.is_following) and turn.dispatched_at < min(period.end, now):
            yield turn.department_id, int(turn.pk in carded)


def slow_open(period, now):
    at = min(period.end, now)
    for case in Issue.objects.all():
        if case.registered_at < at and (case.closed_at is None or case.closed_at >= at):
            yield case.department_id, 1


def slow_overdue(period, now):
    at = min(period.end, now)
    standing = {
        card.clock.owner_id
        for card in Warning.objects.filter(level=2).select_related("clock")
        if card.clock.kind in ("issue.first_reply", "issue.resolve")
        and card.raised_at < at
        and (card.cleared_at is None or card.cleared_at >= at)
    }
    for turn in Handling.objects.all():
        if turn.pk in standing:
            yield turn.department_id, 1


def slow_returned(period, now):
    for turn in Handling.objects.all():
        if turn.ended == "returned" and period.start <= turn.ended_at < min(period.end, now):
            yield turn.department_id, int(turn.round > 1)


def slow_dispatched(period, now):
    for turn in Handling.objects.all():
        if turn.round == 1 and not turn.is_following and period.start <= turn.dispatched_at < min(period.end, now):
            yield turn.department_id, int(turn.ended not in ("returned", "reassigned"))


SLOW = {
    "visits": slow_visits,
    "accept": slow_accept,
    "resolve": slow_resolve,
    "satisfaction": slow_satisfaction,
    "reopen": slow_reopen,
    "rejected": slow_rejected,
    "refuted": slow_refuted,
    "red": slow_red,
    "open": slow_open,
    "overdue": slow_overdue,
    "returned": slow_returned,
    "dispatched": slow_dispatched,
}


def test_figures_equal_a_slow_count_and_the_rows_shown(district):
    now = timezone.now()
    counted = defaultdict(int)
    for period in recent_months(4):
        for key, measure in DISTRICT.items():
            expected = defaultdict(lambda: [Decimal(0), 0])
            for unit, hit in SLOW[key](period, now):
                expected[unit][0] += hit
                expected[unit][1] += 1
            figures = figures_by_department(measure, period, now)
            assert {unit: [f.numerator, f.denominator] for unit, f in figures.items()} == dict(expected), key
            counted[key] += sum(f.denominator for f in figures.values())
            for department in Department.objects.filter(pk__in=figures):
                rows = list(rows_behind(measure, period, department, now).values_list("hit", flat=True))
                assert [sum(rows), len(rows)] == [figures[department.pk].numerator, figures[department.pk].denominator]
    assert all(counted[key] > (20 if key != "refuted" else 2) for key in MEASURES), dict(counted)
    assert all(counted[key] for key in DISTRICT), dict(counted)


@pytest.mark.parametrize("key", list(DISTRICT))
def test_one_query_counts_every_department(district, key, django_assert_num_queries):
    with django_assert_num_queries(1):
        figures_by_department(DISTRICT[key], recent_months(2)[1], timezone.now())
