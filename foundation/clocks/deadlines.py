"""Deadline arithmetic: pure functions of days, a calendar and pauses.

The day of receipt is not counted; the n-th working day after it is the due day, until 24:00 Shanghai time.
A working day strictly between the day a pause began and the day it ended is not counted. Both these days count,
unless the pause began on what was then the due day: nothing falls due while its clock stands (`skips_first_day`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from foundation.clocks.localtime import ONE_DAY, end_of_day, local_date, start_of_day
from foundation.clocks.workdays import WorkingCalendar

MAX_DAYS = 5_000  # working days, about twenty years
LAST_YEAR = 9_000


class Pause(NamedTuple):
    """A span in which the clock stood; an open one (ended None) takes no day out yet."""

    began: datetime | date
    ended: datetime | date | None = None
    skips_first_day: bool = False  # it began on what was the due day, which therefore is not counted either


Moment = datetime | date
PauseLike = Pause | tuple[Moment, Moment | None] | tuple[Moment, Moment | None, bool]


@dataclass(frozen=True, slots=True)
class DayProof:
    """One day of the proof: whether it is worked, why, and which counted day it is (None: not counted)."""

    date: date
    working: bool
    why: str
    count: int | None
    paused: bool

    def as_json(self) -> dict[str, object]:
        """The day as plain JSON values."""
        return asdict(self) | {"date": self.date.isoformat()}


@dataclass(frozen=True)
class Due:
    """When something is due, and the day-by-day proof of it."""

    on: date
    at: datetime  # 24:00 of the due day; the first instant that is late
    start: date  # the day of receipt, or the base day of a fixed date
    limit: int  # working days counted, extensions included
    provisional: bool  # a day before it lies in a year whose notice is not published
    calendar: WorkingCalendar = field(repr=False, compare=False)
    excluded: frozenset[date] = field(default=frozenset(), repr=False)
    fixed: bool = False  # a date given as such, not counted out

    @property
    def days(self) -> list[DayProof]:
        """Every day after receipt up to the due day."""
        return list(self._walk())

    @property
    def paused_days(self) -> int:
        """Working days taken out by pauses before the due day."""
        return sum(1 for day in self.excluded if self.start < day <= self.on and self.calendar.is_working(day))

    @property
    def sources(self) -> list[str]:
        """Where the calendars of the years passed come from."""
        years = range(self.start.year, self.on.year + 1)
        return [text for year in years if (text := self.calendar.source(year))]

    def _walk(self) -> Iterator[DayProof]:
        """The proof, one day at a time."""
        counted = 0
        day = self.start
        while day < self.on:
            day += ONE_DAY
            working = self.calendar.is_working(day)
            paused = working and day in self.excluded
            counted += working and not paused
            number = counted if working and not paused else None
            yield DayProof(day, working, self.calendar.why(day), number, paused)


class Instants(NamedTuple):
    """The instants at which a clock changes its level, and the due day they follow from."""

    due_on: date
    due_at: datetime
    yellow_at: datetime
    escalate_at: datetime | None
    provisional: bool


def due(
    start: datetime | date,
    days: int,
    calendar: WorkingCalendar,
    pauses: Iterable[PauseLike] = (),
    extended: int = 0,
) -> Due:
    """The due day `days + extended` working days after the Shanghai day of `start`; ValueError out of range."""
    total = days + extended
    if not 0 <= total <= MAX_DAYS:
        raise ValueError(f"working days must lie in 0..{MAX_DAYS}")
    received = local_date(start)
    if not 1 < received.year < LAST_YEAR:
        raise ValueError("the start lies outside the calendar")
    excluded = paused_days(pauses)
    on = calendar.nth_after(received, total, excluded)
    return Due(
        on=on,
        at=end_of_day(on),
        start=received,
        limit=total,
        provisional=is_provisional(received, on, calendar),
        calendar=calendar,
        excluded=excluded,
    )


def fixed(on: date, calendar: WorkingCalendar, extended: int = 0, start: date | None = None) -> Due:
    """A date given as such (a month's end), moved by working days only where it was extended."""
    moved = due(on, 0, calendar, extended=extended)
    first = min(start or on, on)
    provisional = is_provisional(first, moved.on, calendar)
    return Due(moved.on, moved.at, first, extended, provisional, calendar, fixed=True)


def is_provisional(start: date, due_on: date, calendar: WorkingCalendar) -> bool:
    """Whether a day after `start` up to due_on lies in a year whose notice is not published."""
    first = min(start + ONE_DAY, due_on)
    return calendar.first_unpublished(first, due_on) is not None


def pause_from(began: datetime | date, ended: datetime | date | None, *due_on: date | None) -> Pause:
    """A pause of a clock that was due on one of these days: when it began, or as is known by its end."""
    day = local_date(began)
    stands = ended is None or day < local_date(ended)
    return Pause(began, ended, stands and day in due_on)


def in_turn(
    start: datetime | date, days: int, calendar: WorkingCalendar, spans: Iterable[PauseLike], extended: int = 0
) -> list[Pause]:
    """Pauses as they come about one after the other, each knowing whether it began on what was the due day."""
    found: list[Pause] = []
    for span in spans:
        due_on = due(start, days, calendar, found, extended).on
        found.append(pause_from(span[0], span[1], due_on if days + extended else None))
    return found


def paused_days(pauses: Iterable[PauseLike]) -> frozenset[date]:
    """The days that ended pauses take out of the count."""
    taken: set[date] = set()
    for began, ended, skips_first_day in (Pause(*pause) for pause in pauses):
        if ended is None:
            continue
        day, last = local_date(began), local_date(ended)
        if skips_first_day and day < last:
            taken.add(day)
        while (day := day + ONE_DAY) < last:
            taken.add(day)
    return frozenset(taken)


def instants(reckoned: Due, *, yellow_days: int, escalate_after: int | None, calendar: WorkingCalendar) -> Instants:
    """When the level changes: yellow once at most `yellow_days` are left, red when due, escalated so many days on."""
    yellow = min(start_of_day(calendar.first_with_at_most(yellow_days, reckoned.on)), reckoned.at)
    escalate = None
    if escalate_after is not None:
        escalate = end_of_day(calendar.nth_after(reckoned.on, escalate_after, reckoned.excluded))
    return Instants(reckoned.on, reckoned.at, yellow, escalate, reckoned.provisional)


def remaining(today: date, due_on: date, calendar: WorkingCalendar) -> int:
    """Working days from today to the due day, both included; 0 when the due day is over."""
    return calendar.count(today, due_on)


def overdue(today: date, due_on: date, calendar: WorkingCalendar) -> int:
    """Working days after the due day up to today, today included; 0 until then."""
    return calendar.count(due_on + ONE_DAY, today)
