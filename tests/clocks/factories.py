"""Clocks, ladders and kinds for tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime

from foundation.clocks import actions, kinds
from foundation.clocks.kinds import ClockKind, Raised, Recalculated
from foundation.clocks.localtime import SHANGHAI
from foundation.clocks.models import Clock, Ladder


def sh(text: str) -> datetime:
    """An instant in Shanghai time: sh("2026-11-09 10:02")."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def day(text: str) -> date:
    """A day: day("2026-11-09")."""
    return date.fromisoformat(text)


def make_ladder(key: str = "test", **rule) -> Ladder:
    """A ladder with the defaults of the design."""
    return actions.save_ladder(key=key, name="测试规则", by=None, **rule)


@dataclass
class Told:
    """What the engine told a test kind."""

    raised: list[Raised] = field(default_factory=list)
    refreshed: list[int] = field(default_factory=list)
    moved: list[Recalculated] = field(default_factory=list)

    def announce(self, raised: list[Raised]) -> int:
        """Keep new warnings; one notice each."""
        self.raised += raised
        return len(raised)


@contextmanager
def told_kind(key: str = "test") -> Iterator[Told]:
    """A registered kind that remembers what it was told; a real kind of that name comes back afterwards."""
    told = Told()
    before = next((kind for kind in kinds.matching(key) if kind.key == key), None)
    kinds.register(
        ClockKind(
            key=key,
            label="测试",
            refresh=lambda ids: told.refreshed.extend(ids),
            announce=told.announce,
            recalculated=lambda batch: told.moved.extend(batch),
        )
    )
    try:
        yield told
    finally:
        kinds.unregister(key)
        if before:
            kinds.register(before)


def started(at: str, days: int | None = 8, *, owner_id: int = 1, kind: str = "test", **more) -> Clock:
    """A running clock of the test kind."""
    ladder = more.pop("ladder", None) or make_ladder()
    return actions.start(kind=kind, owner_id=owner_id, ladder=ladder, days=days, at=sh(at), by=None, **more)
