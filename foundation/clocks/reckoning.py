"""From a clock's own facts (start, limit, extensions, pauses, ladder) to its instants."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache

from foundation.clocks import deadlines
from foundation.clocks.deadlines import Due, Instants, Moment, Pause, PauseLike, pause_from
from foundation.clocks.localtime import local_date
from foundation.clocks.models import Clock, Ladder
from foundation.clocks.workdays import WorkingCalendar


def due_of(clock: Clock, calendar: WorkingCalendar, pauses: Sequence[PauseLike] = ()) -> Due:
    """The due day of a clock with its proof."""
    if clock.fixed_on is not None:
        return deadlines.fixed(clock.fixed_on, calendar, clock.extended_days, local_date(clock.started_at))
    return deadlines.due(clock.started_at, clock.days or 0, calendar, pauses, clock.extended_days)


def stood(clock: Clock, began: Moment, ended: Moment | None, *due_on: date) -> Pause:
    """A pause of a clock that was due on one of these days when it began, or is known to have been by its end.

    A fixed date, or the day of receipt itself, does not move by a pause.
    """
    counted_out = clock.fixed_on is None and (clock.days or 0) + clock.extended_days
    return pause_from(began, ended, *(due_on if counted_out else ()))


def as_if_ended(pause: Pause, clock: Clock, now: datetime) -> Pause:
    """A pause; an open one as if the clock went on now."""
    if pause.ended is not None:
        return pause
    known = [local_date(pause.began)] if pause.skips_first_day else []
    return stood(clock, pause.began, max(now, pause.began), clock.due_on, *known)


class Reckoner:
    """Instants of many clocks under one calendar; clocks that agree in day, limit and rule are worked out once."""

    def __init__(self, calendar: WorkingCalendar) -> None:
        """Keep the calendar."""
        self.calendar = calendar
        self._worked_out = lru_cache(maxsize=20_000)(self._work_out)

    def instants(self, clock: Clock, ladder: Ladder, pauses: Sequence[PauseLike] = ()) -> Instants:
        """The instants at which a clock changes its level."""
        spans = tuple(_in_days(Pause(*pause)) for pause in pauses if pause[1] is not None)
        return self._worked_out(
            local_date(clock.started_at),
            clock.days,
            clock.fixed_on,
            clock.extended_days,
            spans,
            ladder.yellow_for(clock.days),
            ladder.escalate_after,
        )

    def _work_out(
        self,
        started: date,
        days: int | None,
        fixed_on: date | None,
        extended: int,
        pauses: tuple[Pause, ...],
        yellow_days: int,
        escalate_after: int | None,
    ) -> Instants:
        """The instants from plain values."""
        if fixed_on is not None:
            reckoned = deadlines.fixed(fixed_on, self.calendar, extended, started)
        else:
            reckoned = deadlines.due(started, days or 0, self.calendar, pauses, extended)
        return deadlines.instants(
            reckoned, yellow_days=yellow_days, escalate_after=escalate_after, calendar=self.calendar
        )


def _in_days(pause: Pause) -> Pause:
    """A pause in days, so that clocks paused on the same days are worked out once."""
    return Pause(local_date(pause.began), local_date(pause.ended or pause.began), pause.skips_first_day)


def pauses_of(clock: Clock) -> list[Pause]:
    """A clock's pauses, in order."""
    return [Pause(*row) for row in clock.pauses.values_list("began_at", "ended_at", "skips_first_day")]
