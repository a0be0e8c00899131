"""A small template language for believable texts: slots, choices and ranges, filled from a seeded source.

`{road}`            a value from the pool of that name (or given by the caller), the same each time within one text
`{甲/乙/丙}`         one of these
`{40~120%10}`       a whole number in the range, in steps of ten
`{n=40~120}`        the same, remembered; a later `{n}` repeats it
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from random import Random
from typing import NamedTuple

_SLOT = re.compile(r"\{([^{}]+)\}")
_RANGE = re.compile(r"(\d+)~(\d+)(?:%(\d+))?$")


class Span(NamedTuple):
    """A range of whole numbers to draw from."""

    low: int
    high: int
    step: int


Draw = tuple[str, ...] | Span | None


@cache
def _compiled(template: str) -> tuple[tuple[str, str, Draw], ...]:
    """The template as (literal before, slot name, how to draw it), the last one with an empty slot."""
    parts, end = [], 0
    for match in _SLOT.finditer(template):
        parts.append((template[end : match.start()], *_slot(match.group(1))))
        end = match.end()
    return (*parts, (template[end:], "", None))


def _slot(inner: str) -> tuple[str, Draw]:
    name, _, drawn = inner.rpartition("=")
    bounds = _RANGE.match(drawn)
    if bounds:
        return name, Span(int(bounds[1]), int(bounds[2]), int(bounds[3] or 1))
    if "/" in drawn:
        return name, tuple(drawn.split("/"))
    return drawn, None


class Filler:
    """Fills templates from one seeded source and one set of pools."""

    def __init__(self, rng: Random, pools: Mapping[str, Sequence[str]]):
        self.rng = rng
        self.pools = pools

    def fill(self, template: str, known: dict[str, str]) -> str:
        """The text; values drawn by name are added to `known`, so a title and its body agree."""
        out = []
        for literal, name, draw in _compiled(template):
            out.append(literal)
            if draw is None:
                if name:
                    out.append(self._named(name, known))
                continue
            value = self._drawn(draw)
            if name:
                value = known.setdefault(name, value)
            out.append(value)
        return "".join(out)

    def _named(self, name: str, known: dict[str, str]) -> str:
        value = known.get(name)
        if value is None:
            pool = self.pools[name]
            value = known[name] = pool[int(self.rng.random() * len(pool))]
        return value

    def _drawn(self, draw: tuple[str, ...] | Span) -> str:
        if isinstance(draw, Span):
            steps = (draw.high - draw.low) // draw.step + 1
            return str(draw.low + draw.step * int(self.rng.random() * steps))
        return draw[int(self.rng.random() * len(draw))]


def slots_of(template: str) -> set[str]:
    """The names a template needs from a pool or from the caller."""
    return {name for _, name, draw in _compiled(template) if name and draw is None}
