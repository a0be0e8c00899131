"""The demo district at five instants: every row fits every other, and the sweep finds nothing to do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.db.models import Count, Q
from stdnum.cn import uscc

from config.demo.builder import build
from config.demo.builder.world import Size
from enterprises.models import Enterprise, EnterpriseStaff
from foundation.accounts.models import RoleGrant, User
from foundation.accounts.permissions import Role
from foundation.audit.queries import verify_chain
from foundation.clocks import actions as clock_actions
from foundation.clocks.localtime import SHANGHAI, local_date, month_of
from foundation.clocks.models import Clock, ClockChange, ClockPause, Warning
from foundation.notices.models import Delivery, Notice
from issues import lifecycle
from issues.limits import timing
from issues.models import Event, Extension, Handling, Issue, NumberSeries
from liaison.actions import open_month
from liaison.models import Assignment, VisitDuty
from projects.models import Project

S = Issue.Status
SMALL = Size(enterprises=40, issues=240, months=3, seed=1)
PASSWORD = "demo-district-pass"
MOMENTS = {
    "a working afternoon": datetime(2026, 11, 20, 16, 5, tzinfo=SHANGHAI),
    "a Sunday before dawn": datetime(2026, 11, 22, 3, 44, tzinfo=SHANGHAI),
    "the first half hour of a month": datetime(2026, 12, 1, 0, 30, tzinfo=SHANGHAI),
    "the national holiday": datetime(2026, 10, 5, 12, 0, tzinfo=SHANGHAI),
    "a year without a calendar": datetime(2027, 1, 20, 11, 0, tzinfo=SHANGHAI),
}


def load(size: Size, now: datetime) -> dict[str, int]:
    return build(size, password=PASSWORD, now=now, say=lambda _text: None)


pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", params=MOMENTS.values(), ids=MOMENTS.keys())
def now(request: Any, django_db_setup: None, django_db_blocker: Any) -> Iterator[datetime]:
    """A small district, as of different instants."""
    with django_db_blocker.unblock(), transaction.atomic():
        load(SMALL, request.param)
        yield request.param
        transaction.set_rollback(True)


# -- people and enterprises -------------------------------------------------------------------------------------------


def test_every_role_has_one_demo_account_and_nobody_else_can_log_in(now: datetime):
    usable = {user.username for user in User.objects.all() if user.has_usable_password()}
    assert usable == {str(role) for role in Role}
    for role in Role:
        assert User.objects.get(username=str(role)).roles == {str(role)}
    assert len(set(User.objects.filter(username__in=usable).values_list("password", flat=True))) == 1


def test_no_one_holds_two_administrator_roles(now: datetime):
    held = RoleGrant.objects.filter(role__in=["system_admin", "security_admin", "auditor"])
    assert held.count() == held.values("user").distinct().count() == 3


def test_enterprises_are_whole(now: datetime):
    firms = list(Enterprise.objects.all())
    assert len(firms) == SMALL.enterprises
    assert all(uscc.is_valid(firm.credit_code) for firm in firms)
    assert EnterpriseStaff.objects.count() == SMALL.enterprises + 1  # the first one has two people
    assert EnterpriseStaff.objects.filter(is_admin=True).count() == SMALL.enterprises
    assert not Enterprise.objects.filter(Q(town=None) | Q(industry=None) | ~Q(contacts__is_primary=True)).exists()


def test_every_enterprise_and_project_has_its_four(now: datetime):
    kinds = {str(kind) for kind in Assignment.Kind}
    for target, count in (("enterprise", SMALL.enterprises), ("project", Project.objects.count())):
        active = Assignment.objects.active().filter(**{f"{target}__isnull": False})
        assert {kind: active.filter(kind=kind).count() for kind in kinds} == dict.fromkeys(kinds, count)
    assert Assignment.objects.filter(ended_on__isnull=False).exclude(end_reason="").exists()


def test_stages_of_projects_follow_one_another(now: datetime):
    for project in Project.objects.prefetch_related("stage_changes"):
        steps = sorted(project.stage_changes.all(), key=lambda step: step.at)
        assert steps[0].from_stage == ""
        assert all(before.to_stage == after.from_stage for before, after in pairwise(steps))
        assert steps[-1].to_stage == project.stage
        assert steps[-1].at <= now


# -- visits -----------------------------------------------------------------------------------------------------------


def test_every_enterprise_owes_one_visit_a_month(now: datetime):
    months = VisitDuty.objects.values("month").annotate(n=Count("pk")).values_list("n", flat=True)
    assert list(months) == [SMALL.enterprises] * SMALL.months


def test_a_duty_is_done_by_a_visit_of_its_month(now: datetime):
    done = VisitDuty.objects.filter(visit__isnull=False).select_related("visit")
    assert done.count() > SMALL.enterprises
    for duty in done:
        assert month_of(duty.visit.visited_at) == duty.month
        assert duty.visit.by_id == duty.officer_id and duty.visit.enterprise_id == duty.enterprise_id
        assert duty.visit.visited_at <= duty.done_at <= now


def test_clocks_of_duties_stop_when_done(now: datetime):
    clocks = {clock.owner_id: clock for clock in Clock.objects.filter(kind="visit")}
    for duty in VisitDuty.objects.all():
        clock = clocks.pop(duty.pk)
        assert (clock.stopped_at, clock.due_at, clock.level) == (duty.done_at, duty.due_at, duty.level)
    assert not clocks


def test_opening_the_month_again_opens_nothing(now: datetime):
    with transaction.atomic(), time_machine.travel(now, tick=False):
        assert open_month(month=month_of(now)) == 0


# -- the ledger -------------------------------------------------------------------------------------------------------


def running(issue: Issue, clocks: dict[int, list[Clock]]) -> list[Clock]:
    return [clock for turn in issue.handlings.all() for clock in clocks.get(turn.pk, []) if clock.running]


def issue_clocks() -> dict[int, list[Clock]]:
    found: dict[int, list[Clock]] = {}
    for clock in Clock.objects.filter(kind__in=timing.KEYS):
        found.setdefault(clock.owner_id, []).append(clock)
    return found


def test_the_mirror_of_every_case_equals_its_clocks(now: datetime):
    clocks = issue_clocks()
    for issue in Issue.objects.prefetch_related("handlings"):
        held = sorted(running(issue, clocks), key=lambda clock: (clock.due_at, clock.pk))
        first = held[0] if held else None
        assert issue.level == max((clock.level for clock in held), default=0)
        assert (issue.due_at, issue.clock_kind) == ((first.due_at, first.kind) if first else (None, ""))
        for turn in issue.handlings.all():
            dues = {clock.kind: clock.due_at for clock in clocks[turn.pk]}
            assert turn.accept_due_at == dues.get(timing.ACCEPT)
            assert turn.reply_due_at == dues.get(timing.FIRST_REPLY)
            assert turn.resolve_due_at == dues[timing.RESOLVE]


def test_clocks_run_as_the_stage_asks(now: datetime):
    expected = {
        S.REGISTERED: set(),
        S.RETURNED: set(),
        S.ARBITRATION: set(),
        S.DISPATCHED: {timing.ACCEPT, timing.FIRST_REPLY, timing.RESOLVE},
        S.RESOLVED: {timing.CONFIRM},
        S.MERGED: set(),
        S.CLOSED: set(),
        S.DECLINED: set(),
    }
    clocks = issue_clocks()
    for issue in Issue.objects.prefetch_related("handlings"):
        held = running(issue, clocks)
        kinds = {clock.kind for clock in held}
        if issue.status in expected:
            assert kinds == expected[S(issue.status)], issue
        else:
            assert timing.RESOLVE in kinds <= {timing.FIRST_REPLY, timing.RESOLVE}, issue
        paused = [clock for clock in held if clock.paused_at]
        assert bool(paused) == (issue.status in (S.WAITING, S.REFERRED))
        assert all(clock.paused_at == issue.waiting_since for clock in paused)


def test_a_sweep_now_finds_nothing_to_do(now: datetime):
    with transaction.atomic():
        result = clock_actions.sweep(at=now)
        assert (result.yellow, result.red, result.escalated, result.notices) == (0, 0, 0, 0)


def test_levels_and_warnings_agree(now: datetime):
    for clock in Clock.objects.all():
        assert clock.level == clock.level_at(now)
        assert clock.next_change_at is None or clock.next_change_at > now
        held = set(clock.warnings.filter(due_at=clock.due_at).values_list("level", flat=True))
        if not clock.paused_at:
            assert held == set(range(1, clock.level + 1)), clock
    assert not Warning.objects.filter(raised_at__gt=now).exists()
    assert not ClockChange.objects.filter(at__gt=now).exists()


def test_timelines_obey_the_table(now: datetime):
    """Every event was allowed at the stage that the ones before had led to, and the last one led to today's."""
    for issue in Issue.objects.prefetch_related("events"):
        events = sorted(issue.events.all(), key=lambda event: (event.at, event.pk))
        counted = [event for event in events if event.verb not in ("warn_yellow", "warn_red", "escalate")]
        status, returns = None, 0
        for event in counted:
            transition = lifecycle.find(event.verb)
            assert status is None or status in transition.from_, (issue.number, event.verb, status)
            assert event.internal is (not transition.public)
            assert (event.by_id is None) == transition.by_system
            returns += event.verb == "return"
            status = S.ARBITRATION if event.verb == "return" and returns > 1 else transition.to or status
        assert status == issue.status
        assert issue.version == len(counted)
        assert issue.last_event_at == counted[-1].at
        assert issue.registered_at == counted[0].at
        assert events[-1].at <= now


def test_status_and_turns_agree(now: datetime):
    for issue in Issue.objects.prefetch_related("handlings"):
        turns = sorted(issue.handlings.all(), key=lambda turn: turn.round)
        assert [turn.round for turn in turns] == list(range(1, len(turns) + 1))
        last = turns[-1] if turns else None
        if issue.status in (S.DISPATCHED, S.HANDLING, S.WAITING, S.REFERRED):
            assert last and last.ended_at is None and last.department_id == issue.department_id
            assert (last.accepted_at is None) == (issue.status == S.DISPATCHED)
        elif issue.status in (S.RESOLVED, S.CLOSED):
            assert last and last.resolved_at == issue.resolved_at
        elif issue.status in (S.RETURNED, S.ARBITRATION):
            assert last and last.ended == "returned" and issue.department is None
        else:
            assert last is None
        for turn in turns:
            steps = [turn.dispatched_at, turn.accepted_at, turn.replied_at, turn.resolved_at, turn.rejected_at]
            passed = [step for step in steps if step]
            assert passed == sorted(passed)


def test_every_stage_is_there(now: datetime):
    stages = dict(Issue.objects.values_list("status").annotate(n=Count("pk")))
    assert set(stages) >= {
        "registered",
        "dispatched",
        "returned",
        "arbitration",
        "handling",
        "waiting",
        "referred",
        "resolved",
    }
    assert stages["closed"] > 60
    assert {0, 1, 2, 3} <= set(Issue.objects.open().values_list("level", flat=True))


def test_pauses_and_extensions_left_their_rows(now: datetime):
    asked = Event.objects.filter(verb__in=["ask", "refer"]).count()
    assert ClockPause.objects.filter(clock__kind=timing.RESOLVE).count() == asked > 0
    approved = Extension.objects.filter(state="approved").count()
    assert ClockChange.objects.filter(cause="extension").count() == approved > 0
    assert Extension.objects.filter(state="requested").exists()


def test_numbers_have_no_gaps_and_follow_time(now: datetime):
    for series in NumberSeries.objects.all():
        rows = list(Issue.objects.filter(number__startswith=f"QL-{series.year}-").order_by("number"))
        assert [int(row.number[-5:]) for row in rows] == list(range(1, series.last + 1))
        moments = [row.registered_at for row in rows]
        assert moments == sorted(moments)
        assert {local_date(moment).year for moment in moments} == {series.year}
    assert sum(series.last for series in NumberSeries.objects.all()) == SMALL.issues


def test_cases_from_visits_belong_to_them(now: datetime):
    cases = Issue.objects.filter(channel="visit").select_related("visit")
    assert cases.exists()
    for case in cases:
        assert (case.visit.enterprise_id, case.visit.by_id) == (case.enterprise_id, case.registered_by_id)
        assert case.registered_at == case.visit.logged_at
    assert not Issue.objects.exclude(channel="visit").filter(visit__isnull=False).exists()


# -- first screens, trail and inbox -----------------------------------------------------------------------------------


def test_first_screens_of_the_demo_accounts_are_alive(now: datetime):
    people = {user.username: user for user in User.objects.filter(username__in=[str(role) for role in Role])}
    cadre = people["cadre"]
    served = Assignment.objects.active().filter(user=cadre, kind="service_officer")
    assert served.count() == 8
    done = VisitDuty.objects.filter(officer=cadre, month=month_of(now), visit__isnull=False).count()
    assert done == (5 if local_date(now).day > 1 else 0)
    queue = Issue.objects.visible_to(people["handler"]).open().filter(department=people["handler"].department)
    assert queue.count() >= 8
    assert {1, 2} <= set(queue.values_list("level", flat=True))
    assert queue.filter(handler=people["handler"]).exists()
    assert Extension.objects.visible_to(people["department_head"]).filter(state="requested").exists()
    own = Issue.objects.visible_to(people["enterprise"])
    stages = {"registered", "dispatched", "handling", "waiting", "resolved", "closed"}
    assert stages <= set(own.values_list("status", flat=True))
    assert people["leader"].oversees.count() >= 3
    assert Assignment.objects.active().filter(user=people["leader"], kind="lead_official").exists()


def test_the_trail_is_whole(now: datetime):
    verdict = verify_chain()
    assert verdict.broken is None and verdict.rows > 0


def test_recent_notices_wait_and_nothing_is_mailed(now: datetime):
    assert Notice.objects.unread().exists()
    assert not Notice.objects.filter(created_at__gt=now).exists()
    assert not Delivery.objects.exists()


def test_turns_never_outlive_their_case(now: datetime):
    assert not Handling.objects.filter(ended_at__isnull=True, issue__closed_at__isnull=False).exists()
