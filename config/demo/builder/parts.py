"""What a life is made of: the people around it, the turns departments had, and what their clocks went through."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from config.demo.builder.world import Staff
from foundation.accounts.models import User
from foundation.clocks.models import ClockChange
from issues.models import Extension, Handling

Cause = ClockChange.Cause
SYSTEM = "系统"
WAITING = "待企业补充"  # the reason the ask verb gives for its pause


class Unfinished(Exception):
    """The next thing lies in the future."""


@dataclass
class Cast:
    """The people around one case."""

    registrar: User
    speaker: User
    office: User
    staff: dict[int, Staff]


class Move(NamedTuple):
    """The resolve clock's deadline moved: after a pause, or by the days granted."""

    at: datetime
    cause: Cause
    by: User
    days: int = 0


@dataclass
class Turn:
    """One department's turn, and what its clocks went through."""

    handling: Handling
    pauses: list[tuple[datetime, datetime | None]] = field(default_factory=list)  # began, ended
    stands_for: str = WAITING  # why its clocks are paused
    extended_days: int = 0
    moves: list[Move] = field(default_factory=list)
    stopped: dict[str, tuple[datetime, str]] = field(default_factory=dict)  # by kind: when, why
    extensions: list[Extension] = field(default_factory=list)

    def stop(self, *kinds: str, at: datetime, reason: str) -> None:
        for kind in kinds:
            self.stopped.setdefault(kind, (at, reason))
