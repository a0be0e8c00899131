"""What stood still: an answer awaited costs nobody a day, however the waiting ends."""

from foundation.clocks import actions, kinds, levels, queries
from foundation.clocks.kinds import ClockKind
from foundation.clocks.models import Clock, ClockChange
from foundation.clocks.workdays import SpecialDay
from tests.clocks.factories import day, sh, started


def test_an_extension_granted_while_it_stands_is_a_whole_day_more(told):
    """Asked on the last day, extended, answered two working days on: as if extended after the answer."""
    clock = started("2026-11-09 10:02", 8)
    actions.pause(clock=clock, by=None, at=sh("2026-11-19 16:00"))
    actions.extend(clock=clock, days=1, by=None, at=sh("2026-11-20 10:00"))
    resumed = actions.resume(clock=clock, by=None, at=sh("2026-11-24 09:00"))
    assert resumed.due_on == day("2026-11-25")


def test_the_proof_of_what_stands_counts_as_its_end_will(told):
    clock = started("2026-11-09 10:02", 8)
    actions.pause(clock=clock, by=None, at=sh("2026-11-19 16:00"))
    standing = actions.extend(clock=clock, days=1, by=None, at=sh("2026-11-20 10:00"))
    assert queries.proof(standing, sh("2026-11-24 09:00")).on == day("2026-11-25")


def test_nothing_falls_due_while_it_stands_and_is_then_stopped_and_reopened(told):
    clock = started("2026-11-09 10:02", 8)
    actions.pause(clock=clock, by=None, at=sh("2026-11-19 16:00"))
    stopped = actions.stop(clock=clock, reason="done", by=None, at=sh("2026-11-24 09:00"))
    assert (stopped.in_time, stopped.due_on) == (True, day("2026-11-24"))
    assert ClockChange.objects.get().cause == "pause"
    reopened = actions.reopen(clock=clock, by=None, at=sh("2026-11-26 09:00"))
    assert reopened.due_on == day("2026-11-26")


def test_many_that_stood_still_are_stopped_in_time(told):
    for owner in (1, 2):
        clock = started("2026-11-09 10:02", 8, owner_id=owner)
        actions.pause(clock=clock, by=None, at=sh("2026-11-18 16:00"))
    assert actions.stop_many(kind="test", owner_ids=[1, 2], reason="x", by=None, at=sh("2026-11-24 09:00")) == 2
    assert [clock.in_time for clock in Clock.objects.all()] == [True, True]
    assert clock.pauses.get().ended_at == sh("2026-11-24 09:00")


def test_a_calendar_loaded_after_it_stopped_makes_nothing_due_in_between(told):
    clock = started("2026-12-28 09:00", 6)
    assert clock.due_on == day("2027-01-05")
    actions.stop(clock=clock, reason="done", by=None, at=sh("2027-01-04 09:00"))
    days = {day("2027-01-01"): SpecialDay(False, "元旦"), day("2027-01-02"): SpecialDay(True, "元旦")}
    days[day("2027-01-03")] = SpecialDay(True, "元旦")
    actions.load_calendar(year=2027, days=days, source="通知", by=None, at=sh("2027-01-04 10:00"))
    reopened = actions.reopen(clock=clock, by=None, at=sh("2027-01-07 09:00"))
    assert reopened.due_on == day("2027-01-07")


def test_what_its_own_warning_stopped_keeps_its_end(told):
    """A limit that ends by itself at its due instant is not ended a second time, nor extended."""

    def end(raised):
        for one in raised:
            if one.level == levels.RED:
                actions.stop_many(kind="ending", owner_ids=[one.owner_id], reason="silence", by=None, at=one.at)
        return 0

    kinds.register(ClockKind("ending", "测试", announce=end))
    try:
        clock = started("2026-11-09 10:02", 8, kind="ending")
        assert actions.stop_many(kind="ending", owner_ids=[1], reason="late", by=None, at=sh("2026-11-23 09:00")) == 0
    finally:
        kinds.unregister("ending")
    clock.refresh_from_db()
    assert (clock.stop_reason, clock.stopped_at) == ("silence", sh("2026-11-20 00:00"))
