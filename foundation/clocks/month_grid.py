"""A year as twelve month grids, for the calendar page; pure."""

from __future__ import annotations

import calendar as months
from datetime import date
from typing import NamedTuple

from foundation.clocks.workdays import WorkingCalendar

_WEEKS = months.Calendar(firstweekday=months.MONDAY)


class DayCell(NamedTuple):
    """One day of the grid: its number, its classes, 休 or 班 or nothing, and why."""

    number: int
    classes: str
    mark: str
    title: str


class Month(NamedTuple):
    """A month: its number, working days, and its weeks; None is a day of another month."""

    number: int
    working_days: int
    weeks: list[list[DayCell | None]]


def year_grid(year: int, calendar: WorkingCalendar, today: date) -> list[Month]:
    """The twelve months of a year."""
    return [_month(year, number, calendar, today) for number in range(1, 13)]


def _month(year: int, number: int, calendar: WorkingCalendar, today: date) -> Month:
    """One month."""
    weeks = _WEEKS.monthdatescalendar(year, number)
    first, last = date(year, number, 1), date(year, number, months.monthrange(year, number)[1])
    cells = [[_cell(day, calendar, today) if day.month == number else None for day in week] for week in weeks]
    return Month(number, calendar.count(first, last), cells)


def _cell(day: date, calendar: WorkingCalendar, today: date) -> DayCell:
    """One day."""
    kind, mark = "", ""
    if calendar.is_make_up(day):
        kind, mark = "adj", "班"
    elif calendar.is_holiday(day):
        kind, mark = "hol", "休"
    elif not calendar.is_working(day):
        kind = "off"
    classes = f"{kind} today" if day == today else kind
    return DayCell(day.day, classes.strip(), mark, f"{day.isoformat()} {calendar.why(day)}")
