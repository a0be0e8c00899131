"""Months, quarters and ISO weeks as people in the district mean them (Asia/Shanghai)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from foundation.clocks.localtime import FIRST_YEAR, LAST_YEAR, next_month, previous_month, start_of_day, today


@dataclass(frozen=True, order=True)
class Period:
    """A half-open span of days [first, after); `key` is how it is written: 2026-10, 2026-Q4, 2026-W47."""

    first: date
    after: date
    key: str

    @property
    def start(self) -> datetime:
        """00:00 Shanghai of the first day."""
        return start_of_day(self.first)

    @property
    def end(self) -> datetime:
        """00:00 Shanghai of the day after the last."""
        return start_of_day(self.after)

    @property
    def label(self) -> str:
        """2026 年 10 月 / 2026 年第 4 季度 / 2026 年第 47 周."""
        year, rest = self.key.split("-")
        if rest.startswith("Q"):
            return _("%(year)s 年第 %(n)s 季度") % {"year": year, "n": rest[1:]}
        if rest.startswith("W"):
            return _("%(year)s 年第 %(n)d 周") % {"year": year, "n": int(rest[1:])}
        return _("%(year)s 年 %(n)d 月") % {"year": year, "n": int(rest)}

    @property
    def last(self) -> date:
        """The last day."""
        return self.after - timedelta(days=1)

    @property
    def before_words(self) -> str:
        """上月 / 上季 / 上周: what people call the period before."""
        return _("上周") if "W" in self.key else _("上季") if "Q" in self.key else _("上月")

    @property
    def is_over(self) -> bool:
        return today() >= self.after

    def previous(self) -> Period:
        """The period of the same kind just before."""
        day = self.first - timedelta(days=1)
        if "W" in self.key:
            return week_of(day)
        return quarter_of(day) if "Q" in self.key else month_of(day)


def month_of(day: date) -> Period:
    first = day.replace(day=1)
    return Period(first, next_month(first), f"{first:%Y-%m}")


def quarter_of(day: date) -> Period:
    number = (day.month - 1) // 3 + 1
    first = date(day.year, 3 * number - 2, 1)
    return Period(first, next_month(next_month(next_month(first))), f"{day.year}-Q{number}")


def week_of(day: date) -> Period:
    year, week, weekday = day.isocalendar()
    first = day - timedelta(days=weekday - 1)
    return Period(first, first + timedelta(days=7), f"{year}-W{week:02d}")


def parse(text: str) -> Period:
    """The period written as 2026-10, 2026-Q4 or 2026-W47; ValueError for any other text and for years nobody counts."""
    period = _written(text.strip().upper())
    if not FIRST_YEAR <= period.first.year <= LAST_YEAR:
        raise ValueError(f"not a year to score: {period.key}")
    return period


def _written(text: str) -> Period:
    if match := re.fullmatch(r"(\d{4})-(\d{2})", text):
        return month_of(date(int(match[1]), int(match[2]), 1))
    if match := re.fullmatch(r"(\d{4})-Q([1-4])", text):
        return quarter_of(date(int(match[1]), 3 * int(match[2]), 1))
    if match := re.fullmatch(r"(\d{4})-W(\d{2})", text):
        return week_of(date.fromisocalendar(int(match[1]), int(match[2]), 1))
    raise ValueError(f"not a period: {text!r}")


def last_full_month() -> Period:
    """The newest month that is over."""
    return month_of(previous_month(today()))


def recent_months(count: int) -> list[Period]:
    """The current month and those before it, newest first."""
    months = [month_of(today())]
    while len(months) < count:
        months.append(months[-1].previous())
    return months
