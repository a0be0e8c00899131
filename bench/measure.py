"""Timing two things in turn, so that a machine's changing mood falls on both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """One line of the report; times in milliseconds (median), `goal` is the largest ratio wanted, if any."""

    name: str
    ours: float
    bare: float
    goal: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float:
        return self.ours / self.bare

    def __str__(self) -> str:
        line = f"{self.name:<46}{self.ours:>10.2f} ms{self.bare:>10.2f} ms{self.ratio:>8.2f}"
        if self.goal is not None:
            line += f"   goal ≤ {self.goal:g}  {'met' if self.ratio <= self.goal else 'MISSED'}"
        return f"{line}  {self.note}" if self.note else line


HEADER = f"{'':<46}{'portal':>13}{'bare':>13}{'ratio':>8}"


def milliseconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - began)


def paired(
    name: str,
    ours: Callable[[], object],
    bare: Callable[[], object],
    *,
    goal: float | None = None,
    runs: int = 15,
    before: Callable[[], object] = lambda: None,
) -> Result:
    """Medians of `runs` turns each, after one unmeasured turn; `before` readies the ground for every turn."""
    turns: tuple[list[float], list[float]] = ([], [])
    for _ in range(runs + 1):
        for work, spent in zip((ours, bare), turns, strict=True):
            before()
            spent.append(milliseconds(work))
    mine, theirs = (statistics.median(spent[1:]) for spent in turns)
    return Result(name, mine, theirs, goal)
