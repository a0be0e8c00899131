"""The verbs on a clock: where the due day goes, what the level does, what is written."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from foundation.accounts.errors import Refused
from foundation.clocks import actions, levels
from foundation.clocks.actions import Start
from foundation.clocks.models import Clock, ClockChange, Ladder, Warning
from tests.clocks.factories import day, make_ladder, sh, started


def open_levels(clock):
    return sorted(clock.warnings.filter(cleared_at=None).values_list("level", flat=True))


def test_a_clock_starts_normal_and_knows_when_it_changes(told):
    clock = started("2026-11-09 10:02", 8)
    assert (clock.level, clock.due_on, clock.due_at) == (0, day("2026-11-19"), sh("2026-11-20 00:00"))
    assert clock.next_change_at == clock.yellow_at == sh("2026-11-18 00:00")
    assert clock.escalate_at == sh("2026-11-25 00:00")
    assert told.refreshed == [clock.pk]


@pytest.mark.parametrize(("days", "yellow_at"), [(4, "2026-11-13"), (5, "2026-11-13"), (1, "2026-11-10")])
def test_short_limits_turn_yellow_later(told, days, yellow_at):
    assert started("2026-11-09 10:02", days).yellow_at == sh(f"{yellow_at} 00:00")


def test_one_owner_has_one_running_clock_of_a_kind(told):
    first = started("2026-11-09 10:02")
    with pytest.raises(Refused) as refused:
        started("2026-11-10 10:02")
    assert refused.value.code == "clock_running"
    actions.stop(clock=first, reason="done", by=None, at=sh("2026-11-10 11:00"))
    started("2026-11-10 12:00")
    started("2026-11-10 12:00", owner_id=2)


def test_an_unregistered_kind_is_refused(ladder):
    with pytest.raises(KeyError, match="nobody"):
        actions.start(kind="nobody", owner_id=1, ladder=ladder, days=3, by=None)


def test_exactly_one_of_days_and_date_is_given(told):
    with pytest.raises(ValueError):
        started("2026-11-09 10:02", None)
    with pytest.raises(ValueError):
        started("2026-11-09 10:02", 3, due_on=day("2026-11-30"))


def test_the_database_refuses_half_facts(told):
    clock = started("2026-11-09 10:02")
    halves = [
        {"days": None},
        {"fixed_on": day("2026-11-30")},
        {"stop_reason": "done"},
        {"paused_at": sh("2026-11-10 09:00")},  # with a next change
        {"level": 4},
        {"yellow_at": sh("2027-01-01 00:00")},
        {"stopped_at": sh("2026-11-10 09:00")},  # with a next change
    ]
    for half in halves:
        with pytest.raises(IntegrityError), transaction.atomic():
            Clock.objects.filter(pk=clock.pk).update(**half)


def test_a_pause_moves_the_due_day_and_is_recorded(told):
    clock = started("2026-11-09 10:02", 8)
    paused = actions.pause(clock=clock, reason="请补充材料", by=None, at=sh("2026-11-13 15:06"))
    assert paused.next_change_at is None
    assert actions.sweep(at=sh("2026-11-17 09:00")).yellow == 0
    resumed = actions.resume(clock=clock, by=None, at=sh("2026-11-18 08:31"))
    assert resumed.due_on == day("2026-11-23")
    assert resumed.next_change_at == sh("2026-11-20 00:00")
    change = ClockChange.objects.get()
    assert (change.cause, change.old_due_at, change.new_due_at) == (
        "pause",
        sh("2026-11-20 00:00"),
        sh("2026-11-24 00:00"),
    )
    assert clock.pauses.get().reason == "请补充材料"


def test_a_pause_takes_yellow_back_and_the_same_yellow_is_not_raised_twice(told):
    clock = started("2026-11-09 10:02", 8)
    actions.sweep(at=sh("2026-11-18 08:00"))
    paused = actions.pause(clock=clock, by=None, at=sh("2026-11-18 09:00"))
    assert paused.level == levels.NORMAL
    assert open_levels(clock) == []
    resumed = actions.resume(clock=clock, by=None, at=sh("2026-11-18 17:00"))  # the due day has not moved
    assert resumed.level == levels.YELLOW
    assert open_levels(clock) == [1]
    actions.sweep(at=sh("2026-11-18 18:00"))
    assert len(told.raised) == Warning.objects.count() == 1


def test_a_pause_does_not_undo_what_is_late(told):
    clock = started("2026-11-09 10:02", 8)
    actions.sweep(at=sh("2026-11-20 00:01"))
    paused = actions.pause(clock=clock, by=None, at=sh("2026-11-20 09:00"))
    assert paused.level == levels.RED
    assert open_levels(clock) == [1, 2]
    resumed = actions.resume(clock=clock, by=None, at=sh("2026-12-01 09:00"))
    assert resumed.due_on == day("2026-11-19")
    assert resumed.level == levels.RED
    # Six working days stood still: escalation waits for three that ran.
    assert resumed.escalate_at == sh("2026-12-03 00:00")


def test_the_day_asked_on_the_last_day_is_not_lost(told):
    clock = started("2026-11-09 10:02", 8)
    actions.pause(clock=clock, by=None, at=sh("2026-11-19 16:00"))
    resumed = actions.resume(clock=clock, by=None, at=sh("2026-11-25 09:00"))
    assert resumed.due_on == day("2026-11-25")
    assert resumed.level <= levels.YELLOW
    assert clock.pauses.get().skips_first_day
    # An extension afterwards is a whole day more.
    assert actions.extend(clock=clock, days=1, by=None, at=sh("2026-11-25 10:00")).due_on == day("2026-11-26")


def test_an_extension_takes_the_colour_back(told):
    clock = started("2026-11-09 10:02", 8)
    actions.sweep(at=sh("2026-11-20 08:00"))
    extended = actions.extend(clock=clock, days=5, by=None, at=sh("2026-11-20 09:00"))
    assert extended.level == levels.NORMAL
    assert extended.due_on == day("2026-11-26")
    assert open_levels(clock) == []
    assert Warning.objects.filter(cleared_at=sh("2026-11-20 09:00")).count() == 2
    assert ClockChange.objects.get().cause == "extension"
    actions.sweep(at=sh("2026-11-25 09:00"))
    assert [w.level for w in told.raised] == [1, 2, 1]
    assert open_levels(clock) == [1]


def test_an_extension_that_is_not_enough_leaves_yellow_to_the_next_sweep(told):
    clock = started("2026-11-09 10:02", 8)
    actions.sweep(at=sh("2026-11-20 08:00"))
    extended = actions.extend(clock=clock, days=1, by=None, at=sh("2026-11-20 09:00"))
    assert extended.level == levels.YELLOW  # no flicker through normal
    result = actions.sweep(at=sh("2026-11-20 09:01"))
    assert (result.yellow, result.red) == (1, 0)
    assert told.raised[-1].due_at == sh("2026-11-21 00:00")
    assert told.raised[-1].at == sh("2026-11-20 09:00")  # not before this due day was set


@pytest.mark.parametrize("days", [0, -3, 100_000])
def test_extensions_out_of_range_are_refused_and_leave_no_trace(told, days):
    clock = started("2026-11-09 10:02", 8)
    with pytest.raises(Refused):
        actions.extend(clock=clock, days=days, by=None)
    clock.refresh_from_db()
    assert clock.extended_days == 0


def test_a_stopped_clock_keeps_its_level_and_leaves_the_sweep(told):
    clock = started("2026-11-09 10:02", 8)
    actions.sweep(at=sh("2026-11-18 08:00"))
    stopped = actions.stop(clock=clock, reason="resolved", by=None, at=sh("2026-11-18 09:00"))
    assert (stopped.level, stopped.in_time, stopped.next_change_at) == (levels.YELLOW, True, None)
    assert open_levels(clock) == []
    assert actions.sweep(at=sh("2027-01-18 09:00")).red == 0


def test_stopping_late_raises_the_red_that_no_sweep_had_raised(told):
    clock = started("2026-11-09 10:02", 8)
    stopped = actions.stop(clock=clock, reason="resolved", by=None, at=sh("2026-11-20 09:00"))
    assert (stopped.level, stopped.in_time) == (levels.RED, False)
    assert [(w.level, w.at) for w in told.raised] == [(1, sh("2026-11-18 00:00")), (2, sh("2026-11-20 00:00"))]


def test_stopping_while_paused_closes_the_pause(told):
    clock = started("2026-11-09 10:02", 8)
    actions.pause(clock=clock, by=None, at=sh("2026-11-10 09:00"))
    stopped = actions.stop(clock=clock, reason="withdrawn", by=None, at=sh("2026-11-12 09:00"))
    assert stopped.paused_at is None
    assert clock.pauses.get().ended_at == sh("2026-11-12 09:00")


def test_a_rejected_outcome_goes_on_with_the_time_between_as_pause(told):
    clock = started("2026-11-09 10:02", 8)
    actions.stop(clock=clock, reason="resolved", by=None, at=sh("2026-11-13 15:06"))
    again = actions.reopen(clock=clock, reason="企业不满意", by=None, at=sh("2026-11-18 08:31"))
    assert (again.due_on, again.running, again.stop_reason) == (day("2026-11-23"), True, "")
    assert ClockChange.objects.get().cause == "reopen"
    assert actions.sweep(at=sh("2026-11-20 08:00")).yellow == 1


def test_reopening_after_yellow_raises_each_due_day_once(told):
    clock = started("2026-11-09 10:02", 8)
    actions.sweep(at=sh("2026-11-18 08:00"))
    actions.stop(clock=clock, reason="resolved", by=None, at=sh("2026-11-18 09:00"))
    again = actions.reopen(clock=clock, by=None, at=sh("2026-11-18 10:00"))
    assert again.level == levels.YELLOW
    assert open_levels(clock) == [1]
    actions.sweep(at=sh("2026-11-18 11:00"))
    assert len(told.raised) == 1


@pytest.mark.parametrize(
    ("verb", "code"),
    [
        (lambda c: actions.resume(clock=c, by=None), "clock_not_paused"),
        (lambda c: actions.reopen(clock=c, by=None), "clock_running"),
        (lambda c: actions.move_due(clock=c, due_on=day("2026-12-01"), by=None), "clock_counts_days"),
        (lambda c: actions.pause(clock=c, by=None, at=sh("2026-11-08 10:00")), "before_last_step"),
        (lambda c: actions.stop(clock=c, reason="", by=None, at=sh("2026-11-08 10:00")), "before_last_step"),
    ],
)
def test_verbs_out_of_place_are_refused(told, verb, code):
    with pytest.raises(Refused) as refused:
        verb(started("2026-11-09 10:02"))
    assert refused.value.code == code


def test_no_verb_touches_a_stopped_clock_but_reopen(told):
    clock = started("2026-11-09 10:02")
    actions.stop(clock=clock, reason="x", by=None, at=sh("2026-11-09 12:00"))
    for verb in (
        lambda: actions.pause(clock=clock, by=None),
        lambda: actions.resume(clock=clock, by=None),
        lambda: actions.extend(clock=clock, days=1, by=None),
        lambda: actions.stop(clock=clock, reason="y", by=None),
    ):
        with pytest.raises(Refused) as refused:
            verb()
        assert refused.value.code == "clock_stopped"


def test_twice_paused_is_refused(told):
    clock = started("2026-11-09 10:02")
    actions.pause(clock=clock, by=None, at=sh("2026-11-10 10:00"))
    with pytest.raises(Refused) as refused:
        actions.pause(clock=clock, by=None, at=sh("2026-11-10 11:00"))
    assert refused.value.code == "clock_paused"


def test_a_month_end_can_be_moved_and_does_not_move_by_a_pause(told):
    clock = started("2026-11-01 00:05", None, due_on=day("2026-11-30"))
    assert clock.yellow_at == sh("2026-11-27 00:00")
    actions.pause(clock=clock, by=None, at=sh("2026-11-10 10:00"))
    assert actions.resume(clock=clock, by=None, at=sh("2026-11-20 10:00")).due_on == day("2026-11-30")
    moved = actions.move_due(clock=clock, due_on=day("2026-12-10"), by=None, at=sh("2026-11-20 11:00"))
    assert moved.due_on == day("2026-12-10")
    assert list(ClockChange.objects.values_list("cause", flat=True)) == ["moved"]


def test_a_date_moved_forward_and_back_raises_each_due_once(told):
    clock = started("2026-11-01 00:05", None, due_on=day("2026-11-30"))
    actions.sweep(at=sh("2026-11-27 09:00"))
    actions.move_due(clock=clock, due_on=day("2026-12-31"), by=None, at=sh("2026-11-27 10:00"))
    back = actions.move_due(clock=clock, due_on=day("2026-11-30"), by=None, at=sh("2026-11-27 11:00"))
    assert back.level == levels.YELLOW
    actions.sweep(at=sh("2026-11-27 12:00"))
    assert len(told.raised) == 1
    assert open_levels(clock) == [1]


def test_many_start_at_once_and_those_running_are_left_alone(told, ladder, django_assert_max_num_queries):
    started("2026-11-01 00:05", None, owner_id=5, due_on=day("2026-11-15"))
    starts = [Start(owner, sh("2026-11-01 00:10"), due_on=day("2026-11-30")) for owner in range(1, 301)]
    with django_assert_max_num_queries(12):
        made = actions.start_many(kind="test", starts=starts, ladder=ladder, by=None)
    assert len(made) == 299
    assert 5 not in made
    assert actions.start_many(kind="test", starts=starts, ladder=ladder, by=None) == {}
    assert Clock.objects.running().count() == 300


def test_many_stop_at_once(told, ladder):
    starts = [Start(owner, sh("2026-11-01 00:10"), days=5) for owner in range(1, 51)]
    actions.start_many(kind="test", starts=starts, ladder=ladder, by=None)
    stopped = actions.stop_many(
        kind="test", owner_ids=range(11, 100), reason="visited", by=None, at=sh("2026-11-02 09:00")
    )
    assert stopped == 40
    assert Clock.objects.running().count() == 10
    assert actions.stop_many(kind="test", owner_ids=range(11, 100), reason="again", by=None) == 0


def test_history_taken_over_stands_as_on_time_sweeps_would_have_left_it(told, ladder):
    at = sh("2026-11-20 09:00")
    starts = [
        Start(1, sh("2026-11-09 10:02"), days=8),  # red since midnight
        Start(2, sh("2026-11-09 10:02"), days=9),  # yellow
        Start(3, sh("2026-11-09 10:02"), days=30),
        Start(4, sh("2026-11-02 10:02"), days=3, stopped_at=sh("2026-11-06 09:00"), stop_reason="resolved"),
        Start(5, sh("2026-11-02 10:02"), days=3, pauses=((sh("2026-11-03 09:00"), None, "ask"),)),
        Start(6, sh("2026-11-02 10:02"), days=5, pauses=((sh("2026-11-03 09:00"), sh("2026-11-06 09:00"), "ask"),)),
    ]
    asked_last_day = ((sh("2026-11-06 09:00"), sh("2026-11-18 09:00"), "ask"),)
    starts.append(Start(7, sh("2026-11-03 10:02"), days=3, pauses=asked_last_day))
    made = actions.start_many(kind="test", starts=starts, ladder=ladder, by=None, settled_at=at)
    clocks = {clock.owner_id: clock for clock in Clock.objects.all()}
    assert {owner: clock.level for owner, clock in clocks.items()} == {1: 2, 2: 1, 3: 0, 4: 2, 5: 0, 6: 3, 7: 2}
    assert clocks[6].due_on == day("2026-11-11")
    assert clocks[7].due_on == day("2026-11-18")
    assert made == {owner: clock.pk for owner, clock in clocks.items()}
    assert told.raised == []
    assert not Warning.objects.filter(clock=clocks[4], cleared_at=None).exists()
    assert open_levels(clocks[6]) == [1, 2, 3]
    silent = set(Warning.objects.values_list("clock_id", "level", "due_at", "raised_at"))
    result = actions.sweep(at=at)
    assert (result.yellow, result.red, result.escalated) == (0, 0, 0)
    # The same clocks, told by sweeps: the same warnings.
    Clock.objects.all().delete()
    again = actions.start_many(kind="test", starts=starts[:3], ladder=ladder, by=None)
    actions.sweep(at=at)
    swept = set(Warning.objects.values_list("clock__owner_id", "level", "due_at", "raised_at"))
    owners = {pk: owner for owner, pk in made.items()}
    assert swept == {(owners[pk], *rest) for pk, *rest in silent if owners[pk] in again}


def test_a_ladder_changes_by_version_and_running_clocks_keep_theirs(told):
    clock = started("2026-11-09 10:02", 8)
    newer = actions.save_ladder(key="test", name="测试规则", by=None, yellow_days=4)
    assert (newer.version, Ladder.current("test")) == (2, newer)
    assert actions.save_ladder(key="test", name="测试规则", by=None, yellow_days=4) == newer
    resumed = actions.extend(clock=clock, days=1, by=None, at=sh("2026-11-10 09:00"))
    assert resumed.ladder.version == 1
    assert started("2026-11-09 10:02", 8, owner_id=2, ladder=newer).yellow_at == sh("2026-11-14 00:00")
    assert list(Ladder.objects.newest().filter(key="test")) == [newer]


def test_ensure_ladder_keeps_what_is_there(db):
    made = actions.ensure_ladder(key="ensured", name="走访", yellow_days=3, tell_red=["officer"])
    assert actions.ensure_ladder(key="ensured", name="别的", yellow_days=9) == made
    assert made.tells(2) == ["officer"]
    assert made.tells(0) == []
    with pytest.raises(Refused):
        actions.save_ladder(key="ensured", name="走访", by=None, colour="blue")


def test_a_ladder_without_escalation(told):
    flat = make_ladder("flat", escalate_after=None)
    clock = started("2026-11-09 10:02", 8, ladder=flat)
    assert clock.escalate_at is None
    result = actions.sweep(at=sh("2027-03-01 00:00"))
    assert (result.yellow, result.red, result.escalated) == (1, 1, 0)
    clock.refresh_from_db()
    assert clock.next_change_at is None
    assert clock.level_at(sh("2027-03-01 00:00") + timedelta(days=999)) == levels.RED
