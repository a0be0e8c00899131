"""A sink that keeps what it is given, in the place of the ledger above."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from liaison import problems
from liaison.problems import Listed, OpenCount, Sink


class Ledger:
    """Takes problems and numbers them."""

    def __init__(self) -> None:
        self.taken: list = []
        self.counts: dict[int, OpenCount] = {}

    def take(self, *, visit, problems, by):
        self.taken += [(visit.pk, problem) for problem in problems]
        return [(f"QL-{len(self.taken)}", "/issues/1/") for _ in problems]

    def listed(self, visit, user):
        return [Listed("QL-1", problem.title, "/issues/1/", "待交办") for pk, problem in self.taken if pk == visit.pk]


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    """The ledger's place taken by a test double for one test."""
    one = Ledger()
    before = problems.replace_sink(
        Sink(lambda: [("power", "要素保障"), ("loan", "融资服务")], one.take, one.listed, lambda ids, user: one.counts)
    )
    yield one
    problems.replace_sink(before)
