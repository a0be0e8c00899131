"""Whatever is done to a clock in whatever order: due is what walking finds, and no warning is early or double."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from foundation.accounts.errors import Refused
from foundation.clocks import actions, calendar, levels
from foundation.clocks.localtime import end_of_day
from foundation.clocks.models import CalendarYear, Clock, Warning
from foundation.clocks.reckoning import pauses_of
from foundation.clocks.workdays import SpecialDay
from tests.clocks.factories import day, make_ladder, sh, told_kind
from tests.clocks.test_deadlines import slow_due

START = sh("2026-12-07 09:00")
NOTICE = {day("2027-01-01"): SpecialDay(False, "元旦"), day("2027-01-02"): SpecialDay(True, "元旦")}
OTHER_NOTICE = {day(f"2027-01-0{n}"): SpecialDay(False, "元旦") for n in range(1, 8)}


class ClockMachine(RuleBasedStateMachine):
    """One clock, every verb, sweeps at any time, and the calendar of the next year loaded in between."""

    @initialize(days=st.integers(1, 25), escalate=st.one_of(st.none(), st.integers(0, 5)))
    def begin(self, days, escalate):
        """Start a clock that may run into the year without a notice."""
        self.context = told_kind()
        self.told = self.context.__enter__()
        CalendarYear.objects.all().delete()
        Clock.objects.all().delete()
        self.now = START
        self.mirror = {}
        ladder = make_ladder(escalate_after=escalate)
        self.clock = actions.start(kind="test", owner_id=1, ladder=ladder, days=days, by=None, at=self.now)
        self.days = days

    def teardown(self):
        """Forget the kind."""
        if hasattr(self, "context"):
            self.context.__exit__(None, None, None)

    def verb(self, name, **more):
        """Do a verb; one that the clock's state forbids is refused and changes nothing."""
        before, told = Clock.objects.values().get(), len(self.told.raised)
        try:
            after = getattr(actions, name)(clock=self.clock.pk, by=None, at=self.now, **more)
            if name == "extend":
                assert after.due_at > before["due_at"]
            stood_from = before["paused_at"] or before["stopped_at"]
            if name in ("resume", "reopen") and stood_from < before["due_at"]:
                assert after.due_at > self.now  # the answer never comes too late because it was awaited
        except Refused:
            assert Clock.objects.values().get() == before
            del self.told.raised[told:]  # rolled back with the verb

    @rule(hours=st.integers(1, 24 * 6))
    def time_passes(self, hours):
        """Let time go by without a sweep."""
        self.now += timedelta(hours=hours)

    @rule()
    def pause(self):
        """Ask the enterprise."""
        self.verb("pause")

    @rule()
    def resume(self):
        """The enterprise answers."""
        self.verb("resume")

    @rule(days=st.integers(1, 6))
    def extend(self, days):
        """An extension is granted."""
        self.verb("extend", days=days)

    @precondition(lambda self: self.now > START + timedelta(days=9))
    @rule()
    def stop(self):
        """The matter is resolved."""
        self.verb("stop", reason="resolved")

    @rule()
    def reopen(self):
        """The outcome is rejected."""
        self.verb("reopen")

    @rule(notice=st.sampled_from([NOTICE, OTHER_NOTICE]))
    def load(self, notice):
        """The office loads next year's calendar."""
        level = Clock.objects.get().level
        actions.load_calendar(year=2027, days=notice, source="通知", by=None, at=self.now)
        assert Clock.objects.get().level <= level  # colours go back, never forward

    @rule(behind=st.integers(0, 50))
    def sweep(self, behind):
        """A sweep, perhaps by a server whose clock is behind; the one on time follows."""
        actions.sweep(at=self.now - timedelta(hours=behind))
        actions.sweep(at=self.now)
        clock = Clock.objects.get()
        assert clock.level == levels.level(clock, self.now)
        assert clock.next_change_at == levels.next_change(clock, self.now)
        if clock.running and clock.paused_at is None:
            assert self.open_levels(clock) == set(range(1, clock.level + 1))
        again = actions.sweep(at=self.now)
        assert (again.yellow, again.red, again.escalated) == (0, 0, 0)

    def open_levels(self, clock):
        """The levels with an open warning."""
        return set(clock.warnings.filter(cleared_at=None).values_list("level", flat=True))

    @invariant()
    def due_is_what_walking_finds(self):
        """The stored due day against the slow reference."""
        if hasattr(self, "clock"):
            clock = Clock.objects.get()
            pauses = [pause for pause in pauses_of(clock) if pause.ended]
            walked = slow_due(clock.started_at, self.days + clock.extended_days, pauses, calendar.current())
            if clock.running:  # a stopped clock is history; a new calendar leaves it alone
                assert clock.due_on == walked
            assert clock.due_at == end_of_day(clock.due_on)

    @invariant()
    def no_warning_is_early_or_double(self):
        """Open warnings are of the present due and level; each was told once, and none before its instant."""
        if hasattr(self, "clock"):
            clock = Clock.objects.get()
            assert clock.level <= max(levels.passed(clock, self.now), levels.NORMAL)
            for warning in clock.warnings.filter(cleared_at=None):
                assert warning.due_at == clock.due_at
                assert warning.level <= clock.level
            if clock.stopped_at:
                assert not self.open_levels(clock)
            told = [(w.clock_id, w.level, w.due_at) for w in self.told.raised]
            assert len(told) == len(set(told)) == Warning.objects.count()
            assert all(w.at <= self.now for w in self.told.raised)

    @invariant()
    def the_owner_was_refreshed_after_every_write(self):
        """The next change is known unless the clock stands, or has nothing left to change."""
        if hasattr(self, "clock"):
            clock = Clock.objects.get()
            still = clock.paused_at is not None or clock.stopped_at is not None
            last = levels.passed(clock, self.now) == len(levels.boundaries(clock))
            assert still or last or clock.next_change_at is not None
            assert not (still and clock.next_change_at)


@pytest.mark.django_db
def test_a_clock_keeps_its_word_whatever_is_done_to_it():
    run_state_machine_as_test(
        ClockMachine,
        settings=settings(
            max_examples=60, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


VERBS = st.lists(
    st.tuples(st.integers(1, 24 * 4), st.sampled_from(["pause", "resume", "extend", "stop", "reopen", "none"])),
    max_size=14,
)


@pytest.mark.django_db
@given(VERBS, st.integers(1, 12))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_record_does_not_depend_on_when_sweeps_ran(script, days):
    """One clock is swept every few hours, its twin not at all until the end: the warnings are the same."""
    with told_kind():
        Clock.objects.all().delete()
        ladder = make_ladder()
        swept, unswept = (
            actions.start(kind="test", owner_id=owner, ladder=ladder, days=days, by=None, at=START) for owner in (1, 2)
        )
        now = START
        for hours, name in script:
            for _ in range(hours):
                now += timedelta(hours=1)
                if now.hour % 6 == 0:
                    _sweep_only(swept, now)
            for clock in (swept, unswept):
                _try(name, clock, now)
        actions.sweep(at=now + timedelta(days=1))
        assert _record(swept) == _record(unswept)


def _sweep_only(clock, at):
    """Sweep one clock while the other stays unswept."""
    from foundation.clocks.actions.sweeping import catch_up

    catch_up(kind="test", clock_ids=[clock.pk], at=at)


def _try(name, clock, at):
    """Do a verb where it is allowed."""
    more = {"extend": {"days": 2}, "stop": {"reason": "x"}}.get(name, {})
    if name != "none":
        try:
            getattr(actions, name)(clock=clock.pk, by=None, at=at, **more)
        except Refused:
            pass


def _record(clock):
    """Everything a clock leaves behind, without its ids."""
    clock.refresh_from_db()
    warnings = clock.warnings.order_by("due_at", "level").values_list("level", "due_at", "raised_at", "cleared_at")
    return clock.level, clock.due_at, clock.next_change_at, clock.stopped_at, list(warnings)
