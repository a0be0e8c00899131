"""Reads that serve the pages above: the clock of an owner, the proof of a deadline, words for a list row."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple

from foundation.clocks import calendar, kinds, localtime, wording
from foundation.clocks.deadlines import Due
from foundation.clocks.kinds import Owner
from foundation.clocks.models import Clock
from foundation.clocks.reckoning import as_if_ended, due_of, pauses_of


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
    pauses = [as_if_ended(pause, clock, now or localtime.now()) for pause in pauses_of(clock)]
    return due_of(clock, calendar.current(), pauses)


def owner(kind: str, owner_id: int, user: Any) -> Owner | None:
    """The owner of a clock of this kind, as its app shows it, where this person may see it."""
    known = next((one for one in kinds.matching(kind) if one.key == kind), None)
    return known.owners(user, [owner_id]).get(owner_id) if known else None


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
