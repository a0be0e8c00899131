"""Spans of days said from today: an address keeps the word, each opening resolves it anew in Shanghai's days."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from foundation.clocks.deadlines import overdue
from foundation.clocks.localtime import month_end, month_start, previous_month
from foundation.clocks.workdays import WorkingCalendar

Span = tuple[date, date]  # first and last day, both included


def _last(days: int) -> Callable[[date], Span]:
    """So many days, today the last of them."""
    return lambda day: (day - timedelta(days=days - 1), day)


def _quarter(day: date) -> Span:
    first = date(day.year, day.month - (day.month - 1) % 3, 1)
    return first, month_end(date(first.year, first.month + 2, 1))


def _month(day: date) -> Span:
    return month_start(day), month_end(day)


SPANS: Mapping[str, tuple[str | Promise, Callable[[date], Span]]] = {
    "today": (_("今天"), _last(1)),
    "7d": (_("近 7 天"), _last(7)),
    "30d": (_("近 30 天"), _last(30)),
    "month": (_("本月"), _month),
    "last_month": (_("上月"), lambda day: _month(previous_month(day))),
    "quarter": (_("本季度"), _quarter),
    "last_quarter": (_("上季度"), lambda day: _quarter(_quarter(day)[0] - timedelta(days=1))),
    "year": (_("今年"), lambda day: (date(day.year, 1, 1), date(day.year, 12, 31))),
}
CHOICES = [(key, label) for key, (label, _days) in SPANS.items()]

# How many days ahead a limit may lie, today included; "overdue" is what lies behind.
AHEAD = {"today": 1, "3d": 3, "7d": 7}
DUE_CHOICES = [
    ("today", _("今天到期")),
    ("3d", _("3 天内到期")),
    ("7d", _("7 天内到期")),
    ("overdue", _("已逾期")),
]


def days_of(key: str, day: date) -> Span:
    """The days a word means when today is `day`; KeyError for an unknown word."""
    return SPANS[key][1](day)


def due_within(key: str, day: date) -> Span:
    """The days on which a limit may fall due; KeyError for what is not ahead."""
    return day, day + timedelta(days=AHEAD[key] - 1)


def overdue_since(days: int, day: date, working: WorkingCalendar) -> date:
    """The last due day that today lies more than so many working days behind."""
    due_on = day - timedelta(days=days + 1)
    while overdue(day, due_on, working) <= days:
        due_on -= timedelta(days=1)
    return due_on
