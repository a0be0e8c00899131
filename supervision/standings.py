"""A period's scores and ranks: reckoned live from the rows, or read back from the snapshot that froze them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.utils import timezone

from foundation.accounts.models import Department
from supervision.catalogue import MEASURES, Measure
from supervision.models import Component, Formula, Snapshot, SnapshotScore
from supervision.periods import Period
from supervision.scoring import Figures, Part, Rule, Score, score_units


@dataclass(frozen=True)
class Standing:
    """One department in a period."""

    department: Department
    score: Decimal | None
    rank: int | None
    parts: tuple[Part, ...]
    change: Decimal | None = None  # points against the period before


@dataclass(frozen=True)
class Standings:
    """All departments of a period, best first."""

    period: Period
    formula: Formula
    rules: tuple[Rule, ...]
    rows: tuple[Standing, ...]
    snapshot: Snapshot | None

    @property
    def ranked(self) -> int:
        """How many departments have a rank."""
        return sum(1 for row in self.rows if row.rank is not None)

    def of(self, code: str) -> Standing | None:
        return next((row for row in self.rows if row.department.code == code), None)


def formula_for(period: Period) -> Formula:
    """The newest formula that had started by the period's first day, or else the oldest there is."""
    formulas = list(Formula.objects.prefetch_related("components").order_by("starts_on", "version"))
    started = [formula for formula in formulas if formula.starts_on <= period.first]
    return started[-1] if started else formulas[0]


def rules_of(formula: Formula) -> list[Rule]:
    return [_rule(component) for component in formula.components.all()]


def standings(period: Period, *, now: datetime | None = None) -> Standings:
    """The frozen standings where there are any, else those of this moment; with the change to the period before."""
    snapshot = Snapshot.objects.filter(period=period.key).select_related("formula", "frozen_by").first()
    current = thaw(snapshot, period) if snapshot else reckon(period, now=now)
    before = scores_of(period.previous(), now=now)
    rows = tuple(_compared(row, before.get(row.department.pk)) for row in current.rows)
    return replace(current, rows=rows)


def reckon(period: Period, *, now: datetime | None = None) -> Standings:
    """Scores from the rows as they stand: one aggregate query per component, whatever the number of departments."""
    formula, moment = formula_for(period), now or timezone.now()
    return assembled(period, formula, _figures(formula, period, moment))


def scores_of(period: Period, *, now: datetime | None = None) -> dict[int, Decimal | None]:
    """Department → score, as `standings` has it."""
    if Snapshot.objects.filter(period=period.key).exists():
        kept = SnapshotScore.objects.filter(snapshot__period=period.key)
        return dict(kept.values_list("department_id", "score"))
    formula, moment = formula_for(period), now or timezone.now()
    return {one.unit: one.score for one in score_units(rules_of(formula), _figures(formula, period, moment))}


def assembled(period: Period, formula: Formula, figures: dict[str, dict[int, Figures]]) -> Standings:
    """Standings from the figures of every component."""
    rules = rules_of(formula)
    scores = score_units(rules, figures)
    departments = Department.objects.in_bulk([score.unit for score in scores])
    rows = tuple(_standing(score, departments[score.unit]) for score in scores)
    return Standings(period, formula, tuple(rules), rows, None)


def figures_by_department(measure: Measure, period: Period, now: datetime) -> dict[int, Figures]:
    """Department → (sum of hits, number of rows)."""
    grouped = measure.rows(period, now).order_by().values_list("unit").annotate(hits=Sum("hit"), number=Count("*"))
    return {unit: Figures(Decimal(hits or 0), rows) for unit, hits, rows in grouped}


def total_of(rows: QuerySet) -> Figures:
    """The figures of all these rows together."""
    facts = rows.order_by().aggregate(hits=Sum("hit"), rows=Count("*"))
    return Figures(Decimal(facts["hits"] or 0), facts["rows"])


def rows_behind(measure: Measure, period: Period, department: Department, now: datetime | None = None) -> QuerySet:
    """Exactly the rows that make a department's figures."""
    return measure.rows(period, now or timezone.now()).filter(unit=department.pk)


def fingerprint(period: Period, formula: Formula, row_ids: dict[str, dict[int, list[list[int]]]]) -> str:
    """SHA-256 over the formula and every row that counted: a frozen period can be held to its inputs."""
    facts = {"period": period.key, "formula": formula.version, "rows": row_ids}
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()


def thaw(snapshot: Snapshot, period: Period) -> Standings:
    """The standings as they were frozen."""
    kept = snapshot.scores.select_related("department").defer("rows").order_by("rank", "department_id")
    rows = tuple(
        Standing(row.department, row.score, row.rank, tuple(_thawed(part) for part in row.components)) for row in kept
    )
    return Standings(period, snapshot.formula, tuple(rules_of(snapshot.formula)), rows, snapshot)


def _figures(formula: Formula, period: Period, now: datetime) -> dict[str, dict[int, Figures]]:
    return {rule.key: figures_by_department(MEASURES[rule.key], period, now) for rule in rules_of(formula)}


def _rule(component: Component) -> Rule:
    return Rule(
        component.key,
        MEASURES[component.key].reckon,
        component.points,
        component.minimum_sample,
        component.penalty,
    )


def _standing(score: Score, department: Department) -> Standing:
    return Standing(department, score.score, score.rank, tuple(score.parts))


def _compared(row: Standing, before: Decimal | None) -> Standing:
    if row.score is None or before is None:
        return row
    return replace(row, change=row.score - before)


def _thawed(part: dict[str, Any]) -> Part:
    points = part["points"]
    return Part(
        part["key"],
        Decimal(part["numerator"]),
        part["denominator"],
        Decimal(part["full"]),
        None if points is None else Decimal(points),
    )
