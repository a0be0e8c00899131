"""The sweep: each level once, late or on time, whatever is killed, repeated or run at the same time."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from foundation.audit.models import AuditRow
from foundation.clocks import actions, kinds, levels
from foundation.clocks.actions import Start
from foundation.clocks.kinds import ClockKind
from foundation.clocks.mirrors import mirror
from foundation.clocks.models import Clock, Ladder, Sweep, Warning
from foundation.clocks.tasks import sweep as sweep_task
from tests.clocks.factories import day, make_ladder, sh, started, told_kind


def test_each_level_is_raised_once_at_its_instant(told):
    started("2026-11-09 10:02", 8)
    for at, expected in [
        ("2026-11-17 23:59", (0, 0, 0)),
        ("2026-11-18 00:00", (1, 0, 0)),
        ("2026-11-18 00:00", (0, 0, 0)),
        ("2026-11-19 23:59", (0, 0, 0)),
        ("2026-11-20 00:00", (0, 1, 0)),
        ("2026-11-24 23:59", (0, 0, 0)),
        ("2026-11-25 00:00", (0, 0, 1)),
        ("2027-11-25 00:00", (0, 0, 0)),
    ]:
        result = actions.sweep(at=sh(at))
        assert (result.yellow, result.red, result.escalated) == expected, at
        assert result.notices == sum(expected)
    assert [(w.level, w.owner_id) for w in told.raised] == [(1, 1), (2, 1), (3, 1)]
    assert Clock.objects.get().next_change_at is None


def test_a_late_sweep_gives_what_sweeps_on_time_would_have_given(told):
    started("2026-11-09 10:02", 8)
    result = actions.sweep(at=sh("2026-12-09 00:00"))
    assert (result.yellow, result.red, result.escalated) == (1, 1, 1)
    assert [(w.level, w.at) for w in told.raised] == [
        (1, sh("2026-11-18 00:00")),
        (2, sh("2026-11-20 00:00")),
        (3, sh("2026-11-25 00:00")),
    ]
    assert list(Warning.objects.values_list("raised_at", flat=True)) == [w.at for w in told.raised]


def test_the_owner_is_refreshed_with_what_the_sweep_wrote(told):
    clock = started("2026-11-09 10:02", 8)
    told.refreshed.clear()
    actions.sweep(at=sh("2026-11-18 00:00"))
    assert told.refreshed == [clock.pk]


def test_the_message_three_times_and_two_beats_give_one_warning(told):
    started("2026-11-09 10:02", 8)
    with time_machine.travel(sh("2026-11-18 00:00:30"), tick=False):
        for _ in range(3):
            sweep_task.delay()
            sweep_task()
    assert len(told.raised) == Warning.objects.count() == 1


def test_a_clock_set_back_an_hour_and_forward_a_day_raises_nothing_twice(told):
    started("2026-11-09 10:02", 8)
    for at in ("2026-11-18 00:30", "2026-11-17 23:30", "2026-11-19 00:30", "2026-11-18 00:31", "2026-11-18 23:00"):
        actions.sweep(at=sh(at))
    assert len(told.raised) == 1
    clock = Clock.objects.get()
    assert (clock.level, clock.next_change_at) == (levels.YELLOW, sh("2026-11-20 00:00"))


def test_a_level_never_falls_in_a_sweep(told):
    clock = started("2026-11-09 10:02", 8)
    actions.sweep(at=sh("2026-11-20 09:00"))
    Clock.objects.filter(pk=clock.pk).update(next_change_at=clock.yellow_at)
    actions.sweep(at=sh("2026-11-18 09:00"))
    clock.refresh_from_db()
    assert clock.level == levels.RED


def test_a_kind_covers_those_below_it(told):
    with told_kind("issue.accept") as accept, told_kind("issue.resolve") as resolve, told_kind("issued") as other:
        for kind in ("issue.accept", "issue.resolve", "issued"):
            started("2026-11-09 10:02", 8, kind=kind)
        result = actions.sweep(at=sh("2026-11-18 09:00"), kind="issue")
        assert set(result.kinds) == {"issue.accept", "issue.resolve"}
        assert (len(accept.raised), len(resolve.raised), len(other.raised)) == (1, 1, 0)
        assert actions.sweep(at=sh("2026-11-18 09:00"), kind="issued").yellow == 1


def test_one_more_kind_is_one_registration(db):
    """The engine needs nothing else: the owner's columns follow, and its own announcement is counted."""
    owner = make_ladder("owner")
    told = []
    kinds.register(
        ClockKind(
            "made.up",
            "新事项",
            refresh=lambda ids: mirror(Ladder, ids, {"yellow_days": "level", "short_limit": "days"}),
            announce=lambda raised: told.extend(raised) or 7,
        )
    )
    try:
        started("2026-11-09 10:02", 8, kind="made.up", owner_id=owner.pk)
        result = actions.sweep(at=sh("2026-11-20 09:00"))
    finally:
        kinds.unregister("made.up")
    owner.refresh_from_db()
    assert (owner.yellow_days, owner.short_limit) == (levels.RED, 8)
    assert result.notices == 7
    assert result.kinds == {"made.up": {"yellow": 1, "red": 1, "escalated": 0, "notices": 7}}
    assert len(told) == 2


def test_a_kind_that_fails_leaves_no_trace_and_does_not_hold_up_the_others(told):
    def fail(raised):
        raise RuntimeError("no recipients")

    kinds.register(ClockKind("broken", "坏", announce=fail))
    try:
        started("2026-11-09 10:02", 8, kind="broken")
        started("2026-11-09 10:02", 8)
        result = actions.sweep(at=sh("2026-11-18 09:00"))
    finally:
        kinds.unregister("broken")
    assert result.failed == {"broken": "RuntimeError: no recipients"}
    assert len(told.raised) == result.yellow == 1
    broken = Clock.objects.get(kind="broken")
    assert (broken.level, broken.warnings.count()) == (levels.NORMAL, 0)
    with told_kind("broken") as mended:
        assert actions.sweep(at=sh("2026-11-18 09:05")).yellow == 1
    assert len(mended.raised) == 1


def test_a_sweep_that_changed_something_is_in_the_audit_trail(told):
    started("2026-11-09 10:02", 8)
    before = AuditRow.objects.count()
    actions.sweep(at=sh("2026-11-18 09:00"))
    actions.sweep(at=sh("2026-11-18 09:01"))
    rows = AuditRow.objects.filter(action="clocks.sweep")
    assert rows.count() == AuditRow.objects.count() - before == 1
    assert (Sweep.objects.get().yellow, Sweep.objects.get().notices) == (1, 1)


def test_nothing_due_is_one_query_however_many_clocks(told, ladder, django_assert_num_queries):
    with django_assert_num_queries(1):
        actions.sweep(at=sh("2026-11-18 09:00"))
    starts = [Start(owner, sh("2026-11-01 00:10"), due_on=day("2026-12-30")) for owner in range(1, 501)]
    actions.start_many(kind="test", starts=starts, ladder=ladder, by=None)
    with django_assert_num_queries(1):
        actions.sweep(at=sh("2026-11-18 09:00"))


def queries_of_a_sweep(count, ladder):
    Clock.objects.all().delete()
    starts = [Start(owner, sh("2026-11-09 10:02"), days=8) for owner in range(1, count + 1)]
    actions.start_many(kind="test", starts=starts, ladder=ladder, by=None)
    with CaptureQueriesContext(connection) as captured:
        actions.sweep(at=sh("2026-11-18 09:00"))
    return len(captured)


def test_a_sweep_costs_the_same_queries_for_one_and_for_many(told, ladder):
    one = queries_of_a_sweep(1, ladder)
    many = queries_of_a_sweep(400, ladder)
    assert one == many
    assert one <= 22


def test_more_than_a_batch_is_swept_to_the_end(told, ladder, monkeypatch):
    monkeypatch.setattr("foundation.clocks.actions.sweeping.BATCH", 7)
    starts = [Start(owner, sh("2026-11-09 10:02") + timedelta(minutes=owner), days=8) for owner in range(1, 51)]
    actions.start_many(kind="test", starts=starts, ladder=ladder, by=None)
    result = actions.sweep(at=sh("2026-11-20 09:00"))
    assert (result.yellow, result.red) == (50, 50)
    assert len({(w.clock_id, w.level) for w in told.raised}) == 100
    assert Sweep.objects.count() == 8


def test_the_stored_level_is_what_the_pure_function_says(told):
    clock = started("2026-11-09 10:02", 8)
    for hour in range(0, 24 * 30, 7):
        at = sh("2026-11-09 10:02") + timedelta(hours=hour)
        actions.sweep(at=at)
        clock.refresh_from_db()
        assert clock.level == levels.level(clock, at)
        assert clock.next_change_at == levels.next_change(clock, at)


@pytest.mark.parametrize("escalate_after", [0, None])
def test_ladders_at_their_edges(told, escalate_after):
    edge = make_ladder("edge", yellow_days=0, short_yellow_days=0, escalate_after=escalate_after)
    started("2026-11-09 10:02", 8, ladder=edge)
    result = actions.sweep(at=sh("2026-11-20 00:00"))
    assert (result.yellow, result.red, result.escalated) == (1, 1, 1 if escalate_after == 0 else 0)
