"""Reads that serve the pages above: the clock of an owner, the proof of a deadline, words for a list row."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from foundation.clocks import calendar, localtime, wording
from foundation.clocks.deadlines import Due, Pause
from foundation.clocks.localtime import local_date
from foundation.clocks.models import Clock
from foundation.clocks.reckoning import due_of, pauses_of, stood


class Badge(NamedTuple):
    """A level as shape (the CSS class), and words."""

    shape: str
    words: str


def running(kind: str, owner_id: int) -> Clock | None:
    """The running clock of an owner, with its ladder."""
    return Clock.objects.running().of(kind, [owner_id]).select_related("ladder").first()


def running_of(kind: str, owner_ids: Iterable[int]) -> dict[int, Clock]:
    """The running clocks of many owners by owner id, in one query."""
    clocks = Clock.objects.running().of(kind, owner_ids).select_related("ladder")
    return {clock.owner_id: clock for clock in clocks}


def latest(kind: str, owner_id: int) -> Clock | None:
    """The newest clock of an owner, running or stopped."""
    return Clock.objects.of(kind, [owner_id]).select_related("ladder").order_by("-pk").first()


def proof(clock: Clock, now: datetime | None = None) -> Due:
    """The due day of a clock with its day-by-day proof; while it stands, as if it went on now."""
    today = now or localtime.now()
    pauses = [pause if pause.ended else _until(pause, today, clock) for pause in pauses_of(clock)]
    return due_of(clock, calendar.current(), pauses)


def _until(pause: Pause, now: datetime, clock: Clock) -> Pause:
    """An open pause as if it ended now."""
    known = [local_date(pause.began)] if pause.skips_first_day else []
    return stood(clock, pause.began, max(now, pause.began), clock.due_on, *known)


def badge(
    *,
    level: int,
    due_on: date,
    provisional: bool = False,
    paused: bool = False,
    stopped_in_time: bool | None = None,
    today: date | None = None,
) -> Badge:
    """Shape and words for a level that a row mirrors; costs no query within a request after the first."""
    if stopped_in_time is not None:
        return Badge("g" if stopped_in_time else "r", wording.stopped_words(in_time=stopped_in_time))
    left = wording.time_left(today or localtime.today(), due_on, calendar.current(), provisional=provisional)
    if paused:
        return Badge("p", wording.paused_words())
    title = str(wording.LEVEL_WORDS[level])
    return Badge(wording.SHAPES[level], f"{title} · {left}" if level else left)


def badge_of(clock: Clock, today: date | None = None) -> Badge:
    """Shape and words for a clock itself."""
    return badge(
        level=clock.level,
        due_on=clock.due_on,
        provisional=clock.provisional,
        paused=clock.paused_at is not None,
        stopped_in_time=clock.in_time if clock.stopped_at else None,
        today=today,
    )
