"""What the apps above register: what a change of level means for their kind of clock, for a batch at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.utils.functional import Promise


class Moved(NamedTuple):
    """A clock whose instant came, and the level it has now."""

    clock_id: int
    owner_id: int
    ladder_id: int
    level: int


class Raised(NamedTuple):
    """A warning raised just now: the level reached at `at`, for the deadline due_at."""

    warning_id: int
    clock_id: int
    owner_id: int
    ladder_id: int
    level: int
    due_at: datetime
    at: datetime


class Owner(NamedTuple):
    """What a clock is for, as its app shows it."""

    title: str
    url: str


class Recalculated(NamedTuple):
    """A due instant that moved without anyone touching the owner."""

    clock_id: int
    owner_id: int
    old_due_at: datetime
    new_due_at: datetime
    cause: str


def _nothing(_batch: list) -> None:
    """Do nothing."""


def _nobody(_raised: list[Raised]) -> int:
    """Tell nobody."""
    return 0


def _unseen(_user: Any, _owner_ids: Iterable[int]) -> dict[int, Owner]:
    """Show nobody anything."""
    return {}


@dataclass(frozen=True)
class ClockKind:
    """A kind of clock, `issue.accept` say; every function runs inside the engine's transaction."""

    key: str
    label: str | Promise
    refresh: Callable[[list[int]], None] = _nothing  # clock ids: mirror level and due onto the owners, set-based
    announce: Callable[[list[Raised]], int] = _nobody  # new warnings: tell people; returns notices written
    # After a sweep, instead of refresh and announce: both at once, for a kind that can do it in fewer statements.
    swept: Callable[[list[Moved], list[Raised]], int] | None = None
    recalculated: Callable[[list[Recalculated]], None] = _nothing  # due moved by the calendar: timeline events
    # Of these owner ids, those that a person may see: pages explain their clocks to this person.
    owners: Callable[[Any, Iterable[int]], dict[int, Owner]] = _unseen

    def after_sweep(self, moved: list[Moved], raised: list[Raised]) -> int:
        """Bring the owners of clocks that moved in line and tell of new warnings; returns notices written."""
        if self.swept is not None:
            return self.swept(moved, raised)
        self.refresh([clock.clock_id for clock in moved])
        return self.announce(raised) if raised else 0


_kinds: dict[str, ClockKind] = {}


def register(kind: ClockKind) -> ClockKind:
    """Make a kind known; call it from AppConfig.ready(). The same key again replaces it."""
    _kinds[kind.key] = kind
    return kind


def unregister(key: str) -> None:
    """Forget a kind."""
    _kinds.pop(key, None)


def get(key: str) -> ClockKind:
    """A registered kind; KeyError naming the key otherwise."""
    if key not in _kinds:
        raise KeyError(f"clock kind {key!r} is not registered")
    return _kinds[key]


def matching(prefix: str | None) -> Iterator[ClockKind]:
    """All kinds, or those equal to a prefix or below it: `issue` gives `issue.accept` and `issue.resolve`."""
    for key, kind in _kinds.items():
        if prefix is None or key == prefix or key.startswith(f"{prefix}."):
            yield kind
