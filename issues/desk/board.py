"""The ledger by stage: how many cases stand where, and the first few of each; two queries whatever their number."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count, F, QuerySet, Window
from django.db.models.functions import RowNumber

from issues.desk import ledger
from issues.lifecycle import EVERY, OPEN
from issues.models import Issue

CARDS = 8


@dataclass(frozen=True)
class Lane:
    """One stage with its count and its first cards."""

    status: str
    label: str
    count: int
    cards: list[ledger.Row]

    @property
    def more(self) -> int:
        return self.count - len(self.cards)


def lanes(rows: QuerySet[Issue], view: ledger.View) -> list[Lane]:
    """A lane for each stage that the view may hold, what is due first on top."""
    counts = dict(rows.order_by().values_list("status").annotate(n=Count("pk")))
    place = Window(RowNumber(), partition_by="status", order_by=[F("due_at").asc(nulls_last=True), F("pk").desc()])
    firsts = rows.order_by().annotate(place=place).filter(place__lte=CARDS).order_by("status", "place")
    cards: dict[str, list[ledger.Row]] = defaultdict(list)
    for row in ledger.rows(list(firsts.values(*ledger.COLUMNS))):
        cards[row.status].append(row)
    return [Lane(stage.value, str(stage.label), counts.get(stage, 0), cards[stage]) for stage in _stages(view, counts)]


def _stages(view: ledger.View, counts: dict[str, int]) -> list[Issue.Status]:
    """Those of the view; without its own, the open ones and whichever others hold something."""
    if view.statuses:
        return [stage for stage in EVERY if stage in view.statuses]
    usual = OPEN if view.open else ()
    return [stage for stage in Issue.Status if stage in usual or counts.get(stage)]
