"""The very rows behind a figure, one shape for every kind of row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.accounts.models import Department
from foundation.clocks.localtime import local_date, today
from issues import ratings
from issues.models import Handling, Issue
from liaison.models import VisitDuty
from supervision.catalogue import MEASURES, Measure, Words
from supervision.district import in_sight
from supervision.models import Snapshot
from supervision.periods import Period
from supervision.scoring import Figures
from supervision.standings import Standing, Standings, rows_behind, total_of

MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Row:
    """One counted row: what it is, whose, the instants that decided, what it added, and where to look."""

    title: str
    sub: str
    url: str
    department: Department | None
    columns: list[tuple[Words, datetime | date | None]]  # heading, and the instant, or the last day of a limit
    hit: int


@dataclass(frozen=True)
class Behind:
    """A figure's rows as a lazy sequence, so that a page reads only what it shows."""

    measure: Measure
    model: type[Model]
    pairs: Any  # a queryset or list of (pk, hit)

    def __len__(self) -> int:
        return self.pairs.count() if isinstance(self.pairs, QuerySet) else len(self.pairs)

    def __iter__(self) -> Iterator[Row]:
        return iter(self[:])

    def __getitem__(self, part: slice) -> list[Row]:
        return describe(self.measure, self.model, list(self.pairs[part]))


def behind(result: Standings, standing: Standing, measure: Measure, hit: bool | None = None) -> Behind:
    """The rows of one component of one department; from the snapshot where the period is frozen."""
    rows = rows_behind(measure, result.period, standing.department)
    if result.snapshot is not None:
        kept = result.snapshot.scores.only("rows").get(department=standing.department).rows[measure.key]
        return _frozen(measure, rows.model, kept[::-1], hit)
    return _live(measure, rows, hit)


def behind_all(
    period: Period, measure: Measure, user: Any, units: set[int] | None, hit: bool | None = None
) -> tuple[Behind, Figures, bool]:
    """The rows of a whole period that this viewer sees, their figures, and whether they are frozen."""
    rows = in_sight(measure, measure.rows(period, timezone.now()), user, units)
    snapshot = Snapshot.objects.filter(period=period.key).first() if measure.key in MEASURES else None
    if snapshot is None:
        return _live(measure, rows, hit), total_of(rows), False
    scores = snapshot.scores.all() if units is None else snapshot.scores.filter(department__in=units)
    kept = [pair for behind in scores.values_list("rows", flat=True) for pair in behind.get(measure.key, [])]
    figures = Figures(Decimal(sum(pair[1] for pair in kept)), len(kept))
    return _frozen(measure, rows.model, sorted(kept, reverse=True), hit), figures, True


def _frozen(measure: Measure, model: type[Model], kept: list[list[int]], hit: bool | None) -> Behind:
    return Behind(measure, model, [pair for pair in kept if hit is None or bool(pair[1]) == hit])


def _live(measure: Measure, rows: QuerySet, hit: bool | None) -> Behind:
    if hit is not None:
        rows = rows.filter(hit__gt=0) if hit else rows.filter(hit=0)
    return Behind(measure, rows.model, rows.order_by("-pk").values_list("pk", "hit"))


def describe(measure: Measure, model: type[Model], pairs: Iterable[Any]) -> list[Row]:
    """Rows for the page, in the order given, in one query."""
    hits = dict(pairs)
    read = {VisitDuty: _duties, Handling: _turns, Issue: _cases}[model]  # type: ignore[index]
    found: dict[int, Row] = {}
    for one, title, sub, url in read(hits):
        columns = [(heading, _shown(name, getattr(one, name))) for heading, name in measure.moments]
        found[one.pk] = Row(title, sub, url, one.department, columns, hits[one.pk])
    return [found[pk] for pk in hits if pk in found]


def _shown(field: str, at: datetime | None) -> datetime | date | None:
    """A limit as its last day: people know the 30th, not 00:00 of the 1st."""
    return local_date(at - MOMENT) if at and field.endswith("due_at") else at


Described = Iterable[tuple[Any, str, str, str]]


def _duties(hits: dict[int, int]) -> Described:
    """A visit that was logged is what counts; otherwise the enterprise that waits for it."""
    for duty in VisitDuty.objects.filter(pk__in=hits).select_related("enterprise", "officer", "department"):
        url = (
            reverse("liaison:visit", args=[duty.visit_id])
            if duty.visit_id
            else reverse("enterprises:detail", args=[duty.enterprise_id])
        )
        yield duty, duty.enterprise.name, f"{duty.month:%Y-%m} · {duty.officer.name}", url


def _turns(hits: dict[int, int]) -> Described:
    for turn in Handling.objects.filter(pk__in=hits).select_related("issue__enterprise", "department"):
        notes = [turn.issue.number, turn.issue.enterprise.name]
        notes += [_("重办")] if turn.is_redo else []
        notes += [_("视为签收")] if turn.accept_deemed else []
        notes += [_("虚假销号")] if turn.false_closure else []
        notes += [_("随主件办结")] if turn.is_following else []
        notes += [_("销号后再次发生")] if turn.recurred_at else []
        yield turn, turn.issue.title, " · ".join(notes), reverse("issues:detail", args=[turn.issue_id])


def _cases(hits: dict[int, int]) -> Described:
    for case in Issue.objects.filter(pk__in=hits).select_related("enterprise", "department"):
        partly = _("部分解决") if case.closing == Issue.Closing.PARTLY else ""
        tags = "、".join(ratings.labels(case.rating_tags))
        notes = [case.number, case.enterprise.name, partly, tags, case.rating_comment]
        yield case, case.title, " · ".join(filter(None, notes)), reverse("issues:detail", args=[case.pk])


def mark(measure: Measure, row: Row) -> tuple[str, str]:
    """Shape key and word for a row: whether it helped, hurt, or what it gave."""
    if measure.reckon == "mean":
        return "n", _("%(rating)s 分") % {"rating": row.hit}
    if row.hit and measure.key in ("red", "overdue"):
        return "r", str(measure.numerator)
    if measure.reckon == "count":
        return "n", str(measure.numerator)
    if row.hit:
        return ("g" if measure.reckon == "rate" else "n"), str(measure.numerator)
    due = row.columns[0][1]
    pending = measure.key == "visits" and due is not None and due >= today()
    return "n", _("尚未到期") if pending else str(measure.miss)


def period_words(period: Period, frozen: bool) -> str:
    """固化 · 试算 · 未固化, said beside every figure of the period."""
    if frozen:
        return _("已固化")
    return _("未固化") if period.is_over else _("试算,本期尚未结束")
