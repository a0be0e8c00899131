"""Which closed cases are called back: a lot for every case, drawn from a stored seed. Pure; anybody can do it again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Closure(NamedTuple):
    """A closing that may be drawn: the case, and the kind whose share applies."""

    issue_id: int
    number: str
    kind: str


class Drawn(NamedTuple):
    """One closing after the draw: its lot, its place among those of its kind, and whether it is called."""

    closure: Closure
    lot: str
    place: int
    chosen: bool


class Draw(NamedTuple):
    """The lots of all closings, and what each kind is owed next time, in hundredths of a call."""

    rows: list[Drawn]
    owed: dict[str, int]


def lot(seed: str, number: str) -> str:
    """The lot of a case: the first 16 digits of SHA-256 over seed and number."""
    return hashlib.sha256(f"{seed}:{number}".encode()).hexdigest()[:16]


def draw(seed: str, closures: Iterable[Closure], shares: Mapping[str, int], owed: Mapping[str, int]) -> Draw:
    """Choose the smallest lots of each kind.

    `shares` are percentages. What a share leaves over is owed (hundredths) and joins the next draw, so that 5 % of
    three cases a night come to 5 % in the end; the parts drawn never differ from the share by a whole call.
    """
    kinds: dict[str, list[tuple[str, Closure]]] = {kind: [] for kind in shares}
    for closure in closures:
        kinds[closure.kind].append((lot(seed, closure.number), closure))
    rows: list[Drawn] = []
    left: dict[str, int] = {}
    for kind, found in kinds.items():
        due = owed.get(kind, 0) + len(found) * shares[kind]
        count = min(due // 100, len(found))
        left[kind] = due - 100 * count
        rows += [
            Drawn(closure, ticket, place, place <= count)
            for place, (ticket, closure) in enumerate(sorted(found), start=1)
        ]
    return Draw(rows, left)
