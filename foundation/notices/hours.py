"""When messages may leave: on working days between half past eight and nine in the evening."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from django.utils import timezone

OPENS, CLOSES = time(8, 30), time(21, 0)
MOST = 60  # days looked ahead: no calendar has more days off in a row
IsWorking = Callable[[date], bool]


def weekdays(day: date) -> bool:
    """The calendar until one is given."""
    return day.weekday() < 5


_in_force: Callable[[], IsWorking] = lambda: weekdays  # noqa: E731 - what `use` replaces


def use(calendar: Callable[[], IsWorking]) -> None:
    """Take working days from here: the floor above that keeps the calendar says so."""
    global _in_force
    _in_force = calendar


def next_open(moment: datetime, is_working: IsWorking | None = None) -> datetime:
    """The moment itself where messages may leave then, else the next half past eight of a working day."""
    works = is_working or _in_force()
    local = timezone.localtime(moment)
    day = local.date()
    if works(day) and OPENS <= local.time() < CLOSES:
        return moment
    if local.time() >= OPENS:
        day += timedelta(days=1)
    ahead = (day + timedelta(days=count) for count in range(MOST))
    opens = next((one for one in ahead if works(one)), day)
    return datetime.combine(opens, OPENS, tzinfo=local.tzinfo)


def is_quiet(moment: datetime) -> bool:
    """Whether nothing but what is urgent leaves now."""
    return next_open(moment) != moment
