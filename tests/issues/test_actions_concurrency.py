"""Several at once: one form sent twenty times, and a person at work while the sweep runs."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from foundation.accounts.errors import Refused
from foundation.clocks.actions import sweep
from foundation.clocks.models import Clock, Warning
from foundation.notices.models import Notice
from issues import actions
from issues.limits import timing
from issues.models import Event, Extension, Handling, Issue, NumberSeries
from liaison.actions import log_visit
from liaison.problems import Problem
from tests.issues import factories
from tests.issues.factories import District, sh
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_twenty_submissions_of_one_form_make_one_case(district: District):
    key = uuid.uuid4()
    cases = at_once(*[lambda: factories.register(district, submission_key=key).number] * 20)
    assert cases == ["QL-2026-00001"] * 20
    assert Issue.objects.count() == Event.objects.count() == 1
    assert NumberSeries.objects.get().last == 1


def test_twenty_cases_at_once_have_twenty_numbers_without_a_gap(district: District):
    numbers = at_once(*[lambda: factories.register(district).number] * 20)
    assert sorted(map(str, numbers)) == [f"QL-2026-{place:05d}" for place in range(1, 21)]


@pytest.mark.services
def test_visits_with_problems_and_appeals_at_once_wait_for_each_other_in_one_order(district: District):
    problem = Problem("用电不稳", "近一周三次跳闸。", "supply")

    def visit() -> object:
        return log_visit(
            by=district.cadre,
            enterprise=district.enterprise,
            visited_at=sh("2026-11-09 09:00"),
            met="厂长",
            problems=[problem, problem],
        )

    results = at_once(*[visit, lambda: factories.register(district)] * 6)
    assert not [result for result in results if isinstance(result, Exception)]
    numbers = sorted(Issue.objects.values_list("number", flat=True))
    assert numbers == [f"QL-2026-{place:05d}" for place in range(1, 19)]


def test_two_who_accept_at_once_are_one_acceptance(district: District):
    issue = factories.dispatched(district)
    results = at_once(
        lambda: actions.accept(issue=issue, by=district.handler),
        lambda: actions.accept(issue=issue, by=district.head),
    )
    assert sum(isinstance(result, Refused) for result in results) == 1
    assert Event.objects.filter(verb="accept").count() == 1


def test_confirming_and_rejecting_at_once_leaves_one_outcome(district: District):
    issue = factories.resolved(district)
    results = at_once(
        lambda: actions.confirm(issue=issue, by=district.speaker, rating=5),
        lambda: actions.reject(issue=issue, by=district.speaker, reason="没办好"),
        lambda: actions.close(issue=issue, by=district.office, note="电话确认"),
    )
    assert sum(isinstance(result, Refused) for result in results) == 2
    closed = Issue.objects.get().closed_at is not None
    assert Handling.objects.count() == (1 if closed else 2)


@pytest.mark.services
def test_an_extension_racing_the_red_warning_leaves_one_consistent_history(district: District, clock: Any):
    issues = []
    for _ in range(8):
        issue = actions.reply(issue=factories.handling(district), by=district.handler, text="在办。")
        issues.append(actions.request_extension(issue=issue, by=district.handler, days=5, reason="等批复"))
    late = sh("2026-11-24 00:00")
    clock.move_to(late)
    works = [lambda issue=issue: actions.approve_extension(issue=issue, by=district.head) for issue in issues]
    results = at_once(*works, *[lambda: sweep(at=late)] * 3)
    assert not [result for result in results if isinstance(result, Exception)]
    for issue in issues:
        issue.refresh_from_db()
        resolve = Clock.objects.running().get(kind=timing.RESOLVE, owner_id=issue.handlings.get().pk)
        assert (resolve.level, issue.level, issue.due_at) == (0, 0, resolve.due_at)
        red = Warning.objects.filter(clock=resolve, level=2)
        assert [warning.cleared_at is not None for warning in red] == [True]  # it was late before it was extended
        assert issue.events.filter(verb="warn_red").count() == 1
    assert Extension.objects.filter(state=Extension.State.APPROVED).count() == len(issues)
    assert Notice.objects.filter(kind="issue.warn_red").count() == 2 * len(issues)


@pytest.mark.services
def test_accepting_while_the_sweep_deems_it_accepted(district: District, clock: Any):
    issues = [factories.dispatched(district) for _ in range(8)]
    late = sh("2026-11-11 00:00")
    clock.move_to(late)
    works = [lambda issue=issue: actions.accept(issue=issue, by=district.handler) for issue in issues]
    results = at_once(*works, lambda: sweep(at=late), lambda: sweep(at=late))
    assert all(isinstance(result, Refused) for result in results[: len(issues)])
    assert not [result for result in results[len(issues) :] if isinstance(result, Exception)]
    assert Handling.objects.filter(accept_deemed=True).count() == len(issues)
    assert Event.objects.filter(verb="deem_accepted").count() == len(issues)
    assert not Event.objects.filter(verb="accept").exists()


@pytest.mark.services
def test_sweeps_at_once_over_all_kinds_tell_everybody_once(district: District, clock: Any):
    for _ in range(30):
        factories.handling(district)
        factories.dispatched(district)
    late = sh("2026-12-05 12:00")
    clock.move_to(late)
    results = at_once(*[lambda: sweep(at=late)] * 4)
    sweep(at=late)
    assert not [result for result in results if isinstance(result, Exception)]
    assert not Clock.objects.running().due_by(late).exists()
    warned = Event.objects.filter(verb__in=["warn_yellow", "warn_red", "escalate"]).count()
    assert warned == Warning.objects.count() == 30 * 6 + 30 * 9
