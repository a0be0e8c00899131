"""From figures to points: pure decimal arithmetic, no database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

ZERO, ONE, BEST_RATING = Decimal(0), Decimal(1), Decimal(5)
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Figures:
    """How much of how many, for one department and one component."""

    numerator: Decimal
    denominator: int

    @property
    def ratio(self) -> Decimal:
        """numerator / denominator; the denominator must not be 0."""
        return self.numerator / self.denominator


@dataclass(frozen=True)
class Rule:
    """One component of a formula, as the arithmetic needs it."""

    key: str
    reckon: str
    points: Decimal
    minimum_sample: int = 0
    penalty: Decimal = ZERO


@dataclass(frozen=True)
class Part:
    """One component of one department's score; `points` is None where there was nothing to count (不计)."""

    key: str
    numerator: Decimal
    denominator: int
    full: Decimal
    points: Decimal | None


@dataclass
class Score:
    """A department's score, 0–100 with two decimals; without any counted part it has none and no rank."""

    unit: int
    parts: list[Part]
    score: Decimal | None = None
    rank: int | None = field(default=None)


def shrunk(figures: Figures, district: Figures, minimum: int) -> Decimal:
    """The ratio, with what is missing from the minimum sample filled up at the district's ratio."""
    missing = minimum - figures.denominator
    if missing <= 0 or district.denominator == 0:
        return figures.ratio
    return (figures.numerator + missing * district.ratio) / minimum


def points_of(rule: Rule, figures: Figures, district: Figures) -> Decimal | None:
    """Points from 0 to `rule.points`; None where there is nothing to count."""
    if figures.denominator == 0:
        return None
    if rule.reckon == "penalty":
        earned = rule.points - rule.penalty * figures.numerator
    else:
        ratio = shrunk(figures, district, rule.minimum_sample)
        share = {"rate": ratio, "mean": ratio / BEST_RATING, "inverse": ONE - ratio}[rule.reckon]
        earned = rule.points * share
    return min(max(earned, ZERO), rule.points).quantize(CENT, ROUND_HALF_UP)


def score_of(parts: Iterable[Part]) -> Decimal | None:
    """Earned of attainable points, scaled to 100; parts that do not count are left out of both."""
    counted = [part for part in parts if part.points is not None]
    attainable = sum((part.full for part in counted), ZERO)
    if not attainable:
        return None
    earned = sum((part.points for part in counted if part.points is not None), ZERO)
    return (100 * earned / attainable).quantize(CENT, ROUND_HALF_UP)


def score_units(rules: list[Rule], figures: Mapping[str, Mapping[int, Figures]]) -> list[Score]:
    """Scores of every department that has figures (key → department → figures), best first, ranked."""
    units = sorted({unit for by_unit in figures.values() for unit in by_unit})
    districts = {rule.key: total(figures.get(rule.key, {}).values()) for rule in rules}
    scores = []
    for unit in units:
        parts = [_part(rule, figures.get(rule.key, {}).get(unit), districts[rule.key]) for rule in rules]
        scores.append(Score(unit, parts, score_of(parts)))
    return ranked(scores)


def total(figures: Iterable[Figures]) -> Figures:
    """The district's figures."""
    every = list(figures)
    return Figures(sum((one.numerator for one in every), ZERO), sum(one.denominator for one in every))


def ranked(scores: list[Score]) -> list[Score]:
    """Best first; equal scores share a rank and the next rank is left out (1, 1, 3); the unscored come last."""
    scores.sort(key=lambda one: (one.score is None, -(one.score or ZERO), one.unit))
    for place, one in enumerate(scores, start=1):
        if one.score is not None:
            tied = place > 1 and scores[place - 2].score == one.score
            one.rank = scores[place - 2].rank if tied else place
    return scores


def _part(rule: Rule, figures: Figures | None, district: Figures) -> Part:
    figures = figures or Figures(ZERO, 0)
    return Part(rule.key, figures.numerator, figures.denominator, rule.points, points_of(rule, figures, district))
