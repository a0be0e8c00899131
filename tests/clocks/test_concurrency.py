"""Real races on PostgreSQL: two sweeps, a sweep against an extension, a sweep against a person at work."""

import threading
import time
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection, transaction

from foundation.accounts.errors import Refused
from foundation.clocks import actions, kinds
from foundation.clocks.actions import Start
from foundation.clocks.kinds import ClockKind
from foundation.clocks.mirrors import mirror
from foundation.clocks.models import CalendarYear, Clock, ClockChange, Ladder, Warning
from foundation.clocks.workdays import SpecialDay
from tests.clocks.factories import day, make_ladder, sh, started, told_kind
from tests.races import at_once

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
LATE = sh("2026-11-20 09:00")


@contextmanager
def held_open(clock: Clock):
    """A transaction elsewhere that holds a clock's row until the block ends."""
    locked, release = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                Clock.objects.select_for_update().get(pk=clock.pk)
                locked.set()
                release.wait(10)
        finally:
            connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    assert locked.wait(5)
    try:
        yield
    finally:
        release.set()
        thread.join(10)


def many_due(count: int) -> None:
    """Clocks that are red by LATE."""
    starts = [Start(owner, sh("2026-11-09 10:02") + timedelta(seconds=owner), days=8) for owner in range(count)]
    actions.start_many(kind="test", starts=starts, ladder=make_ladder(), by=None)


def test_sweeps_at_once_raise_every_warning_once(monkeypatch):
    monkeypatch.setattr("foundation.clocks.actions.sweeping.BATCH", 40)
    with told_kind() as told:
        many_due(400)
        results = at_once(*[lambda: actions.sweep(at=LATE)] * 4)
        assert not any(result.failed for result in results)
        working = [result for result in results if result.yellow]
        assert len(working) > 1  # otherwise nothing raced
        assert sum(result.yellow for result in results) == sum(result.red for result in results) == 400
        assert Warning.objects.count() == len(told.raised) == 800
        assert not Clock.objects.filter(level__lt=2).exists()


def test_a_row_somebody_holds_is_passed_over_and_swept_next_time():
    with told_kind() as told:
        busy, free = started("2026-11-09 10:02", 8), started("2026-11-09 10:02", 8, owner_id=2)
        with held_open(busy):
            began = time.monotonic()
            result = actions.sweep(at=LATE)
            assert time.monotonic() - began < 2
        assert {warning.clock_id for warning in told.raised} == {free.pk}
        assert result.failed == {}
        assert actions.sweep(at=LATE).red == 1
        assert {warning.clock_id for warning in told.raised} == {busy.pk, free.pk}


@pytest.mark.parametrize("attempt", range(8))
def test_an_extension_racing_the_red_warning_leaves_one_history(attempt):
    with told_kind() as told:
        clock = started("2026-11-09 10:02", 8)
        at_once(
            lambda: actions.sweep(at=LATE),
            lambda: actions.extend(clock=clock.pk, days=5, by=None, at=LATE),
            lambda: actions.sweep(at=LATE),
        )
        clock.refresh_from_db()
        # Who came first doesn't matter: red was reached before the extension, was told once, and is taken back.
        assert (clock.level, clock.due_at) == (0, sh("2026-11-27 00:00"))
        assert sorted(warning.level for warning in told.raised) == [1, 2]
        assert not Warning.objects.filter(cleared_at=None).exists()
        assert ClockChange.objects.count() == 1


def test_twenty_starts_at_once_make_one_clock():
    with told_kind():
        ladder = make_ladder()
        results = at_once(
            *[lambda: actions.start(kind="test", owner_id=7, ladder=ladder, days=5, by=None, at=LATE)] * 20
        )
        assert sum(isinstance(result, Clock) for result in results) == Clock.objects.count() == 1
        assert {result.code for result in results if isinstance(result, Refused)} == {"clock_running"}


def test_bulk_starts_at_once_make_one_clock_each():
    with told_kind():
        ladder = make_ladder()
        starts = [Start(owner, LATE, days=5) for owner in range(200)]
        results = at_once(*[lambda: actions.start_many(kind="test", starts=starts, ladder=ladder, by=None)] * 3)
        assert not any(isinstance(result, Exception) for result in results), results
        assert Clock.objects.count() == 200


def test_pause_and_pause_at_once_make_one_pause():
    with told_kind():
        clock = started("2026-11-09 10:02", 8)
        results = at_once(*[lambda: actions.pause(clock=clock.pk, by=None, at=sh("2026-11-10 09:00"))] * 5)
        assert sum(isinstance(result, Clock) for result in results) == clock.pauses.count() == 1


def test_a_person_at_work_is_never_the_victim_of_a_sweep():
    """The person holds the owner's row and then wants the clock; the sweep holds the clock and wants the owner."""
    owner = make_ladder("owner")
    kinds.register(ClockKind("owned", "有主", refresh=lambda ids: mirror(Ladder, ids, {"yellow_days": "level"})))
    try:
        clock = started("2026-11-09 10:02", 8, kind="owned", owner_id=owner.pk)
        has_owner = threading.Event()

        def person() -> Clock:
            with transaction.atomic():
                Ladder.objects.select_for_update().get(pk=owner.pk)
                has_owner.set()
                time.sleep(0.25)  # long enough for the sweep to take the clock and wait for the owner
                return actions.extend(clock=clock.pk, days=5, by=None, at=LATE)

        def beat():
            assert has_owner.wait(5)
            return actions.sweep(at=LATE)

        extended, swept = at_once(person, beat)
        assert isinstance(extended, Clock), extended
        assert swept.failed == {}, swept
        clock.refresh_from_db()
        owner.refresh_from_db()
        assert (clock.level, owner.yellow_days) == (0, 0)
        assert clock.warnings.count() == 2
    finally:
        kinds.unregister("owned")


def test_a_clock_started_while_the_calendar_is_loaded_gets_the_new_one():
    """Without a lock the load would not see the clock, nor the clock the load."""
    with told_kind():
        ladder = make_ladder()
        reckoned = threading.Event()

        def person() -> Clock:
            with transaction.atomic():
                clock = actions.start(
                    kind="test", owner_id=1, ladder=ladder, days=8, by=None, at=sh("2026-12-25 09:00")
                )
                reckoned.set()
                time.sleep(0.3)
                return clock

        def office() -> CalendarYear:
            assert reckoned.wait(5)
            days = {day("2027-01-01"): SpecialDay(False, "元旦")}
            return actions.load_calendar(year=2027, days=days, source="通知", by=None)

        started_clock, loaded = at_once(person, office)
        assert isinstance(loaded, CalendarYear), loaded
        assert started_clock.due_on == day("2027-01-06")
        assert Clock.objects.get().due_on == day("2027-01-07")


def test_a_load_that_meets_somebody_at_work_waits_its_turn():
    """The person holds the owner's row and then reckons; the load holds the calendar and wants the owner."""
    owner = make_ladder("owner")
    kinds.register(ClockKind("owned", "有主", refresh=lambda ids: mirror(Ladder, ids, {"yellow_days": "level"})))
    try:
        clock = started("2026-12-25 09:00", 8, kind="owned", owner_id=owner.pk)
        has_owner = threading.Event()

        def person() -> Clock:
            with transaction.atomic():
                Ladder.objects.select_for_update().get(pk=owner.pk)
                has_owner.set()
                time.sleep(0.2)
                return actions.extend(clock=clock.pk, days=1, by=None, at=sh("2026-12-26 09:00"))

        def office() -> CalendarYear:
            assert has_owner.wait(5)
            days = {day("2027-01-01"): SpecialDay(False, "元旦")}
            return actions.load_calendar(year=2027, days=days, source="通知", by=None)

        extended, loaded = at_once(person, office)
        assert isinstance(extended, Clock), extended
        assert isinstance(loaded, CalendarYear), loaded
        assert Clock.objects.get().due_on == day("2027-01-08")
    finally:
        kinds.unregister("owned")


def test_a_sweep_killed_half_way_leaves_nothing_and_the_next_does_it_all():
    """The connection dies after the warnings were written, before the commit."""
    told = []

    def die(raised):
        if not told:
            told.append("killed")
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                pid = cursor.fetchone()[0]
            other = connection.copy()
            with other.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
            other.close()
            Ladder.objects.count()  # the dead connection is noticed here
        told.extend(raised)
        return len(raised)

    kinds.register(ClockKind("dying", "断", announce=die))
    try:
        started("2026-11-09 10:02", 8, kind="dying")
        at_once(lambda: actions.sweep(at=LATE))
        assert Warning.objects.count() in (0, 2)  # nothing, or all of it on a retry with a fresh connection
        actions.sweep(at=LATE)
        assert Warning.objects.count() == 2
        assert [getattr(one, "level", one) for one in told] == ["killed", 1, 2]
    finally:
        kinds.unregister("dying")
