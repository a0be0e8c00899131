"""How like two cases are: by the pairs of characters they share, a rare pair counting more than a common one."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from foundation.search.tokens import fold

TITLE, WHOLE = 0.65, 0.35  # what the titles count, and what everything said counts


def pairs(text: str) -> frozenset[str]:
    """Every two letters or digits that stand together, whatever stands between them."""
    plain = [char for char in fold(text) if char.isalnum()]
    return frozenset(first + second for first, second in pairwise(plain))


class Said(NamedTuple):
    """What a case says: the pairs of its title, and of title and text."""

    title: frozenset[str]
    whole: frozenset[str]

    @classmethod
    def of(cls, title: str, text: str = "") -> Said:
        own = pairs(title)
        return cls(own, own | pairs(text))


@dataclass(frozen=True)
class Weights:
    """What a pair counts: the rarer among `texts` texts, the more."""

    texts: int = 0
    seen: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def known(self) -> dict[str, float]:
        """What each pair counts that was seen."""
        return {pair: math.log(1 + (self.texts + 1) / count) for pair, count in self.seen.items()}

    @cached_property
    def unknown(self) -> float:
        """What a pair counts that was never seen."""
        return math.log(self.texts + 2)

    @classmethod
    def counted(cls, texts: Iterable[frozenset[str]]) -> Weights:
        number, seen = 0, Counter[str]()
        for said in texts:
            number += 1
            seen.update(said)
        return cls(number, dict(seen))

    def without(self, less_than: int) -> Weights:
        """The same, forgetting what is rarer than this: it counts as if it were new."""
        return Weights(self.texts, {pair: count for pair, count in self.seen.items() if count >= less_than})

    def sum(self, some: Iterable[str]) -> float:
        known, unknown = self.known, self.unknown
        return sum([known.get(pair, unknown) for pair in some])

    def rarest(self, some: Iterable[str], most: int) -> list[str]:
        """The pairs that narrow a search best: rare ones that are known to occur, then those that are not known."""
        far = self.texts + 1
        return sorted(some, key=lambda pair: (self.seen.get(pair, far), pair))[:most]


def alike(one: frozenset[str], other: frozenset[str], weights: Weights) -> float:
    """0 to 1: twice what both say of what each says."""
    if not one or not other:
        return 0.0
    return 2 * weights.sum(one & other) / (weights.sum(one) + weights.sum(other))


def within(one: frozenset[str], other: frozenset[str], weights: Weights) -> float:
    """0 to 1: how much of the shorter is said in the longer."""
    if not one or not other:
        return 0.0
    return min(1.0, weights.sum(one & other) / min(weights.sum(one), weights.sum(other)))


def likeness(one: Said, other: Said, weights: Weights) -> float:
    """0 to 1: the titles first, then everything said."""
    return TITLE * alike(one.title, other.title, weights) + WHOLE * within(one.whole, other.whole, weights)


def typed(one: Said, other: Said, weights: Weights) -> float:
    """The same for what is being typed, whose title may be half written."""
    return max(likeness(one, other, weights), within(one.title, other.whole, weights) * TITLE)


def at_most(one: Said, title: frozenset[str], weights: Weights) -> float:
    """No case with this title can be more like `one` than so, whatever its text says."""
    return TITLE * alike(one.title, title, weights) + WHOLE


def percent(score: float) -> int:
    return round(100 * score)
