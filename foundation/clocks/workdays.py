"""The working-day calendar: a pure, immutable answer to "is this a working day, and why"."""

from __future__ import annotations

import calendar
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from types import MappingProxyType
from typing import NamedTuple, Protocol

from foundation.clocks.localtime import ONE_DAY

WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
WORKING = "工作日"
MAKE_UP = "调休上班"
OFF = "放假"


class SpecialDay(NamedTuple):
    """A day the official notice speaks of: off for a holiday, or worked to make one up."""

    working: bool
    name: str = ""


class YearSource(NamedTuple):
    """One year of official days, and whether the notice of that year is known."""

    days: Mapping[date, SpecialDay]
    published: bool
    source: str = ""


UNPUBLISHED = YearSource(MappingProxyType({}), False, "")


class Base(Protocol):
    """Where a year comes from when nobody loaded it."""

    def __call__(self, year: int, /) -> YearSource: ...


def weekends_only(year: int, /) -> YearSource:
    """A base that knows no holiday of any year."""
    return UNPUBLISHED


@dataclass(frozen=True)
class _Year:
    """One year worked out: running totals of working days, and the special days in it."""

    first: date
    totals: tuple[int, ...]  # totals[i]: working days in the first i days of the year
    special: Mapping[date, SpecialDay]
    published: bool
    source: str


class WorkingCalendar:
    """Which days are worked; immutable, and lazy by year so that any year from 1 to 9998 may be asked."""

    def __init__(
        self,
        *,
        loaded: Mapping[int, YearSource] | None = None,
        days: Mapping[date, SpecialDay] | None = None,
        base: Base = weekends_only,
    ) -> None:
        """Take the loaded years (they replace the base's), single days that win over both, and the base."""
        self._loaded = dict(loaded or {})
        self._days: dict[int, dict[date, SpecialDay]] = {}
        for day, special in (days or {}).items():
            self._days.setdefault(day.year, {})[day] = special
        self._base = base
        self._years: dict[int, _Year] = {}

    def is_working(self, day: date) -> bool:
        """Whether a day is worked."""
        year = self._year(day.year)
        place = (day - year.first).days
        return year.totals[place + 1] > year.totals[place]

    def why(self, day: date) -> str:
        """The reason in Chinese: 工作日, 周六, 国庆节, 国庆节调休上班."""
        special = self._year(day.year).special.get(day)
        weekend = day.weekday() >= 5
        if special is None or (special.working and not weekend):
            return WEEKDAYS[day.weekday()] if weekend else WORKING
        return f"{special.name}{MAKE_UP}" if special.working else special.name or OFF

    def is_make_up(self, day: date) -> bool:
        """Whether a weekend day is worked to make up for a holiday."""
        return day.weekday() >= 5 and self.is_working(day)

    def is_holiday(self, day: date) -> bool:
        """Whether the notice gives the day off."""
        special = self._year(day.year).special.get(day)
        return special is not None and not special.working

    def published(self, year: int) -> bool:
        """Whether the official notice of a year is known; otherwise its days are provisional (暂定)."""
        return self._year(year).published

    def source(self, year: int) -> str:
        """Where a year's days come from, as text for people; empty when unpublished."""
        return self._year(year).source

    def first_unpublished(self, first: date, last: date) -> int | None:
        """The first year within [first, last] whose notice is not known."""
        years = range(first.year, last.year + 1)
        return next((year for year in years if not self.published(year)), None)

    def count(self, first: date, last: date) -> int:
        """How many working days lie in [first, last]; 0 when last is before first."""
        if last < first:
            return 0
        whole = sum(self._year(y).totals[-1] for y in range(first.year, last.year))
        return whole + self._before(last + ONE_DAY, of=last.year) - self._before(first, of=first.year)

    def nth_after(self, day: date, n: int, skipping: Iterable[date] = ()) -> date:
        """The n-th working day after a day, days in `skipping` not counted; the day itself for 0."""
        if n < 0:
            raise ValueError("the number of working days must not be negative")
        found = self._plain_nth_after(day, n)
        pending = sorted({d for d in skipping if d > day and self.is_working(d)})
        for skipped in pending:
            if n and skipped <= found:
                found = self._plain_nth_after(found, 1)
        return found

    def first_with_at_most(self, n: int, due_on: date) -> date:
        """The first day from which at most n working days remain, due_on included."""
        day = due_on + ONE_DAY
        left = n + 1
        while left:
            day -= ONE_DAY
            left -= self.is_working(day)
        return day + ONE_DAY

    def _plain_nth_after(self, day: date, n: int) -> date:
        """The n-th working day after a day, by the running totals of each year."""
        if n == 0:
            return day
        year = self._year(day.year)
        wanted = n + self._before(day + ONE_DAY, of=day.year)
        while year.totals[-1] < wanted:
            wanted -= year.totals[-1]
            year = self._year(year.first.year + 1)
        return year.first + timedelta(days=bisect_left(year.totals, wanted) - 1)

    def _before(self, day: date, *, of: int) -> int:
        """Working days of a year before a day (which may be the first of the next year)."""
        year = self._year(of)
        return year.totals[(day - year.first).days]

    def _year(self, number: int) -> _Year:
        """A year worked out, kept for the next question."""
        if number not in self._years:
            self._years[number] = self._work_out(number)
        return self._years[number]

    def _work_out(self, number: int) -> _Year:
        """Merge base, loaded year and single days, and total the working days."""
        source = self._loaded.get(number) or self._base(number)
        special = {**source.days, **self._days.get(number, {})}
        first = date(number, 1, 1)
        length = 366 if calendar.isleap(number) else 365
        flags = []
        for offset in range(length):
            day = first + timedelta(days=offset)
            known = special.get(day)
            flags.append(known.working if known else day.weekday() < 5)
        totals = tuple(accumulate(flags, initial=0))
        return _Year(first, totals, special, source.published, source.source)
