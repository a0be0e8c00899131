"""The level of a clock as a pure function of its stored instants, and the instant at which it next changes."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

NORMAL, YELLOW, RED, ESCALATED = range(4)


class Instants(Protocol):
    """What of a clock decides its level."""

    level: int
    yellow_at: datetime
    due_at: datetime
    escalate_at: datetime | None
    paused_at: datetime | None
    stopped_at: datetime | None


def level(clock: Instants, now: datetime) -> int:
    """The level at an instant; stopped, it stays; paused, only what was late before the pause stays late."""
    if clock.stopped_at is not None:
        return clock.level
    if clock.paused_at is not None:
        before = passed(clock, min(now, clock.paused_at))
        return before if before >= RED else NORMAL
    return passed(clock, now)


def passed(clock: Instants, now: datetime) -> int:
    """The highest level whose instant has come, whatever stands still."""
    return max((reached for reached, at in boundaries(clock) if at <= now), default=NORMAL)


def boundaries(clock: Instants) -> list[tuple[int, datetime]]:
    """Each level above normal with the instant it begins, in order."""
    found = [(YELLOW, clock.yellow_at), (RED, clock.due_at)]
    if clock.escalate_at is not None:
        found.append((ESCALATED, clock.escalate_at))
    return found


def next_change(clock: Instants, now: datetime) -> datetime | None:
    """The first instant after `now` at which the level changes; None when paused, stopped or at the last level."""
    if clock.stopped_at is not None or clock.paused_at is not None:
        return None
    return next((at for _level, at in boundaries(clock) if at > now), None)
