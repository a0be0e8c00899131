"""Whatever is done to a clock in whatever order: due is what walking finds, and no warning is early or double."""

from datetime import timedelta

import pytest
from hypothesis import given
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
from foundation.clocks import actions, levels
from foundation.clocks.actions.sweeping import catch_up
from foundation.clocks.localtime import end_of_day, local_date, start_of_day
from foundation.clocks.models import CalendarYear, Clock, ClockChange, ClockPause, Warning
from foundation.clocks.workdays import SpecialDay
from tests.clocks.factories import day, make_ladder, sh, told_kind
from tests.clocks.reference import Clerk
from tests.effort import thoroughly

START = sh("2026-12-07 09:00")


def notice(**days):
    """Days of the turn of the year: notice(j1=False, j2=True), d for December, j for January."""
    months = {"d": "2026-12", "j": "2027-01"}
    return {day(f"{months[name[0]]}-{int(name[1:]):02}"): SpecialDay(working, "元旦") for name, working in days.items()}


NOTICES = [
    notice(j1=False, j2=True),
    notice(**{f"j{n}": False for n in range(1, 8)}),
    # Days swapped within a fortnight: what was yellow yesterday may be so only tomorrow, due on the same day.
    notice(d10=False, d12=True, d16=False, d19=True, d23=False, d26=True, d31=False, j9=True),
    notice(d12=True, d15=False, d20=True, d22=False, j1=False, j4=False, j10=True),
]
LADDERS = st.tuples(st.integers(0, 4), st.one_of(st.none(), st.integers(0, 5)))


class ClockMachine(RuleBasedStateMachine):
    """One clock, every verb, sweeps at any time, and the calendar of the next year loaded in between."""

    @initialize(days=st.integers(1, 25), ladder=LADDERS)
    def begin(self, days, ladder):
        """Start a clock that may run into the year without a notice."""
        self.context = told_kind()
        self.told = self.context.__enter__()
        CalendarYear.objects.all().delete()
        Clock.objects.all().delete()
        self.now = START
        yellow, escalate = ladder
        row = make_ladder(yellow_days=yellow, short_limit=0, escalate_after=escalate)
        self.clock = actions.start(kind="test", owner_id=1, ladder=row, days=days, by=None, at=self.now)
        self.clerk = Clerk(self.today, days, yellow, () if escalate is None else (escalate,))
        self.level, self.causes = levels.NORMAL, self.recorded()

    def teardown(self):
        """Forget the kind."""
        if hasattr(self, "context"):
            self.context.__exit__(None, None, None)

    @property
    def today(self):
        return local_date(self.now)

    def verb(self, name, **more):
        """Do a verb; True unless the clock's state forbids it, and then nothing has changed."""
        before, told = Clock.objects.values().get(), len(self.told.raised)
        try:
            getattr(actions, name)(clock=self.clock.pk, by=None, at=self.now, **more)
        except Refused:
            assert Clock.objects.values().get() == before
            del self.told.raised[told:]  # rolled back with the verb
            return False
        return True

    @rule(hours=st.integers(1, 24 * 6))
    def time_passes(self, hours):
        """Let time go by without a sweep."""
        self.now += timedelta(hours=hours)

    @rule()
    def pause(self):
        """Ask the enterprise."""
        if self.verb("pause"):
            self.clerk.ask(self.today)

    @rule()
    def resume(self):
        """The enterprise answers; the answer never comes too late because it was awaited."""
        asked, due = self.clerk.asked_on, self.clerk.due()
        if self.verb("resume"):
            self.clerk.answer(self.today)
            assert asked > due or self.clerk.due() >= self.today

    @rule(days=st.integers(1, 6))
    def extend(self, days):
        """An extension is granted, and is so many days more for whoever has an answer already."""
        before = Clock.objects.get()
        if self.verb("extend", days=days):
            self.clerk.extend(days)
            assert Clock.objects.get().due_at > before.due_at

    @precondition(lambda self: self.now > START + timedelta(days=4))
    @rule()
    def stop(self):
        """The matter is resolved."""
        if self.verb("stop", reason="resolved"):
            self.clerk.stop(self.today)

    @rule()
    def reopen(self):
        """The outcome is rejected."""
        stopped, due = self.clerk.stopped_on, self.clerk.counted()
        if self.verb("reopen"):
            self.clerk.reopen(self.today)
            assert stopped > due or self.clerk.due() >= self.today

    @rule(days=st.sampled_from(NOTICES))
    def load(self, days):
        """The office loads next year's calendar: what was reached by now is raised, then colours only go back."""
        reached = max(Clock.objects.get().level, levels.level(Clock.objects.get(), self.now))
        actions.load_calendar(year=2027, days=days, source="通知", by=None, at=self.now)
        self.clerk.special = {when: special.working for when, special in days.items()}
        assert Clock.objects.get().level <= reached

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

    def recorded(self):
        """How many causes for a colour to go back are on record."""
        pauses = ClockPause.objects.count(), ClockPause.objects.filter(ended_at__isnull=False).count()
        return (ClockChange.objects.count(), *pauses)

    @invariant()
    def its_instants_are_what_the_clerk_counts(self):
        """Due, yellow and escalation against the diary."""
        if not hasattr(self, "clock"):
            return
        clock = Clock.objects.get()
        assert clock.due_on == self.clerk.due()
        assert clock.due_at == end_of_day(clock.due_on)
        if clock.running:  # a stopped clock is history; a new calendar leaves it alone
            assert clock.yellow_at == min(start_of_day(self.clerk.yellow_on()), clock.due_at)
            steps = [end_of_day(on) for on in self.clerk.escalated_after()]
            assert ([clock.escalate_at] if clock.escalate_at else []) == steps

    @invariant()
    def no_colour_goes_back_without_a_recorded_cause(self):
        """A fall of the level has a row that says why: a change of the deadline, a pause, or its end."""
        if hasattr(self, "clock"):
            clock, causes = Clock.objects.get(), self.recorded()
            assert clock.level >= self.level or causes != self.causes
            self.level, self.causes = clock.level, causes

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
    run_state_machine_as_test(ClockMachine, settings=thoroughly(fast=30))


VERBS = st.lists(
    st.tuples(
        st.integers(1, 24 * 4),
        st.sampled_from(["pause", "resume", "extend", "stop", "reopen", "none", *range(len(NOTICES))]),
    ),
    max_size=14,
)


@pytest.mark.django_db
@given(VERBS, st.integers(1, 12))
@thoroughly(fast=40)
def test_the_record_does_not_depend_on_when_sweeps_ran(script, days):
    """One clock is swept every few hours, its twin not at all until the end: the warnings are the same."""
    with told_kind():
        CalendarYear.objects.all().delete()
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
                    catch_up(kind="test", clock_ids=[swept.pk], at=now)
            if isinstance(name, int):
                actions.load_calendar(year=2027, days=NOTICES[name], source="通知", by=None, at=now)
            else:
                _both(name, (swept, unswept), now)
        actions.sweep(at=now + timedelta(days=1))
        assert _record(swept) == _record(unswept)


def _both(name, clocks, at):
    """Do a verb to each, where it is allowed."""
    more = {"extend": {"days": 2}, "stop": {"reason": "x"}}.get(name, {})
    for clock in clocks:
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
