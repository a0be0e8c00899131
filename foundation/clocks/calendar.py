"""The calendar in force: the library's years, with the rows the office loaded on top, kept in the process."""

from __future__ import annotations

import threading
from typing import Any

from django.core.signals import request_finished, request_started
from django.db import connection
from django.utils.translation import gettext as _

from foundation.clocks.china import china_year
from foundation.clocks.models import CalendarDay, CalendarYear
from foundation.clocks.workdays import SpecialDay, WorkingCalendar, YearSource

_LOCK = 0x63_6C_6F_63_6B  # PostgreSQL's number for "the calendar is being changed"
Stamp = tuple[tuple[int, Any], ...]

_kept: tuple[Stamp, WorkingCalendar] | None = None
_request = threading.local()


def current() -> WorkingCalendar:
    """The calendar in force; one small query asks whether it changed, in a request only the first time."""
    asked = getattr(_request, "calendar", None)
    if asked is not None:
        return asked
    in_force = _ask()
    if getattr(_request, "open", False):
        _request.calendar = in_force
    return in_force


def for_writing() -> WorkingCalendar:
    """The calendar in force to the end of this transaction: a load waits for it to end, or it for the load."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_LOCK])
    return _ask()


def lock_for_loading() -> None:
    """Wait until nobody reckons with the calendar, and keep everybody from it to the end of this transaction.

    Not for long: who loads a calendar steps back (OperationalError) rather than keep people at work waiting.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '500ms'")
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _ask() -> WorkingCalendar:
    """Ask for the calendar's version, and read it again where it changed."""
    global _kept
    stamp = tuple(CalendarYear.objects.order_by("year").values_list("year", "token"))
    kept = _kept
    if kept is None or kept[0] != stamp:
        kept = _kept = (stamp, build())
    return kept[1]


def build() -> WorkingCalendar:
    """The calendar from the rows as they stand."""
    days = {day.date: SpecialDay(day.working, day.name) for day in CalendarDay.objects.only("date", "working", "name")}
    years = {
        year.year: YearSource({}, True, year.source or _("%(year)d 年日历(人工载入)") % {"year": year.year})
        for year in CalendarYear.objects.all()
    }
    return WorkingCalendar(loaded=years, days=days, base=china_year)


def forget() -> None:
    """Ask the database again, within a request too."""
    _request.calendar = None


def connect_requests() -> None:
    """Ask once per request: the answer is dropped where a request begins and ends."""
    request_started.connect(_begin, dispatch_uid="clocks.calendar.begin")
    request_finished.connect(_end, dispatch_uid="clocks.calendar.end")


def _begin(**_kwargs: Any) -> None:
    _request.open, _request.calendar = True, None


def _end(**_kwargs: Any) -> None:
    _request.open, _request.calendar = False, None
