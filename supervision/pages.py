"""What the supervision pages show: figures put into words, charts and links."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from foundation.accounts.models import Department
from foundation.accounts.permissions import Permission
from foundation.clocks.localtime import local_date
from issues import workbench
from supervision import charts
from supervision.cards import cards
from supervision.catalogue import MEASURES, Measure
from supervision.dashboard import Board, Load, sight
from supervision.drilldown import period_words
from supervision.scoring import Figures, Part
from supervision.standings import Standing, Standings
from supervision.words import how, number, sample_words, share

TOP = 10


def may_open(user: Any, department: Department) -> bool:
    """Whether this person may see the rows behind a department's score."""
    return user.may(Permission.DISTRICT_SCOPE) or user.department_scope().filter(pk=department.pk).exists()


def dashboard(board: Board, user: Any) -> dict[str, Any]:
    """Everything the dashboard's template needs."""
    result = board.result
    return {
        "updated": board.now,
        "through": local_date(board.now),
        "cards": cards(board),
        "trend": charts.trend(board),
        "categories": charts.categories(board),
        "grid": charts.grid(board),
        "visits": charts.visits(board),
        "rows": ranking_rows(result, user, only=board.units, workload=board.workload())[:TOP],
        "result": result,
        "sample": sample_words(result.rules),
        "state": period_words(board.period, result.snapshot is not None),
        "red": workbench.red_list(user),
    }


@dataclass(frozen=True)
class Cell:
    """One component in a line of the ranking; without an address where the viewer may not look behind."""

    part: Part
    url: str


@dataclass(frozen=True)
class RankingRow:
    """A line of the ranking; `url` is empty where the viewer may not look behind."""

    standing: Standing
    url: str
    stack: list[dict[str, Any]]
    cells: list[Cell]
    load: Load


def ranking_rows(
    result: Standings, user: Any, *, only: set[int] | None = None, workload: dict[int, Load] | None = None
) -> list[RankingRow]:
    """The lines of the ranking; narrowed to `only` these departments where the viewer sees no others."""
    own, loads = sight(user), workload or {}
    rows = [row for row in result.rows if only is None or row.department.pk in only]
    return [
        _ranking_row(result, row, own is None or row.department.pk in own, loads.get(row.department.pk, Load()))
        for row in rows
    ]


def _ranking_row(result: Standings, row: Standing, open_to_viewer: bool, load: Load) -> RankingRow:
    full = sum((part.full for part in row.parts if part.points is not None), Decimal(0)) or Decimal(1)
    stack = [
        {"label": str(MEASURES[part.key].name), "value": round(float(100 * part.points / full), 1)}
        for part in row.parts
        if part.points is not None
    ]
    url = reverse("supervision:score", args=[result.period.key, row.department.code]) if open_to_viewer else ""
    return RankingRow(row, url, stack, [Cell(part, f"{url}{part.key}/" if url else "") for part in row.parts], load)


def columns(result: Standings) -> list[tuple[Measure, Decimal]]:
    """The components of the formula with their full points."""
    return [(MEASURES[rule.key], rule.points) for rule in result.rules]


def explained(result: Standings, standing: Standing) -> list[dict[str, Any]]:
    """Each component with its figures, its reckoning in plain words, and the way to its rows."""
    rules = {rule.key: rule for rule in result.rules}
    return [
        {
            "measure": MEASURES[part.key],
            "part": part,
            "share": share(MEASURES[part.key], part),
            "how": how(MEASURES[part.key], rules[part.key]),
            "url": reverse("supervision:rows", args=[result.period.key, standing.department.code, part.key]),
        }
        for part in standing.parts
    ]


def row_tabs(measure: Measure, figures: Figures, show: str) -> list[dict[str, Any]]:
    """All rows, those in the numerator, and the others; a mean and a stock have only all."""
    everything = {"label": measure.denominator, "url": "?", "count": figures.denominator, "active": not show}
    if measure.reckon in ("mean", "count"):
        return [everything | {"active": True}]
    hits = int(figures.numerator)
    return [
        everything,
        {"label": measure.numerator, "url": "?show=hit", "count": hits, "active": show == "hit"},
        {"label": measure.miss, "url": "?show=miss", "count": figures.denominator - hits, "active": show == "miss"},
    ]


def rows_summary(measure: Measure, figures: Figures) -> str:
    """What the rows make: 91.4% (406 / 444), 4.52, or how many there are."""
    if measure.reckon == "count" or not figures.denominator:
        return _("%(n)s 条") % {"n": number(figures.denominator)}
    part = Part(measure.key, figures.numerator, figures.denominator, Decimal(0), None)
    made_of = (
        f"{measure.numerator} {number(figures.numerator)}",
        f"{measure.denominator} {number(figures.denominator)}",
    )
    return f"{' / '.join(made_of)} · {share(measure, part)}"
