"""The official calendar of China as the `holidays` library knows it, make-up days included."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from foundation.clocks.localtime import ONE_DAY
from foundation.clocks.workdays import SpecialDay, YearSource

FIRST_YEAR, LAST_YEAR = 1949, 2100
_MADE_UP_BY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_PLAIN_NAMES = {"农历除夕": "春节", "元旦节": "元旦", "劳动节假期": "劳动节"}


@lru_cache(maxsize=256)
def china_year(year: int, /) -> YearSource:
    """A year's holidays and make-up days; without make-up days the notice is not out: unpublished, weekends only."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return YearSource({}, False)
    from holidays.countries import China

    known = China(years=year, expand=False, language="zh_CN")
    # The library lists a few special days of other years whatever year is asked for.
    made_up = {day for day in known.weekend_workdays if day.year == year}
    if not made_up:
        return YearSource({}, False)
    names = {day: _festival(name) for day, name in known.items() if day.year == year}
    days = {day: SpecialDay(False, name or _nearest(day, names)) for day, name in names.items()}
    reasons = {_swap(name): days[day].name for day, name in known.items() if day in days and _swap(name)}
    days |= {day: SpecialDay(True, reasons.get(day, "")) for day in made_up}
    return YearSource(days, True, f"国务院办公厅 {year} 年放假安排")


def _festival(name: str) -> str:
    """The festival in the library's words, several joined by 、; empty for a day swapped with a make-up day."""
    if _swap(name):
        return ""
    parts = [re.sub(r"[（(].*?[)）]", "", part).strip() for part in name.split(";")]
    return "、".join(dict.fromkeys(_PLAIN_NAMES.get(part, part) for part in parts))


def _swap(name: str) -> date | None:
    """The make-up day that a day off is swapped with, as the library words it."""
    found = _MADE_UP_BY.search(name)
    return date(*map(int, found.groups())) if found else None


def _nearest(day: date, names: dict[date, str]) -> str:
    """The festival whose unbroken run of days off a swapped day belongs to."""
    for step in (-ONE_DAY, ONE_DAY):
        near = day + step
        while near.weekday() >= 5 or near in names:
            if names.get(near):
                return names[near]
            near += step
    return ""
