"""The month matrix: enterprises by months, each cell a word, a shape and a day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from foundation.clocks import localtime
from foundation.clocks.levels import RED
from liaison.models import VisitDuty

DONE, LATE, DUE, MISSED, NONE = "done", "late", "due", "missed", "none"


class Cell(NamedTuple):
    """One enterprise in one month: the state, the level key that draws it, its words, where it leads."""

    state: str
    key: str = ""
    words: str = ""
    url: str = ""


class MatrixRow(NamedTuple):
    """One enterprise with its officer of the newest month shown."""

    enterprise: Any
    officer: Any
    cells: list[Cell]


class Totals(NamedTuple):
    """One month: visits done of owed, and how many are missed for good so far."""

    month: date
    done: int
    owed: int
    missed: int

    @property
    def percent(self) -> int:
        return round(100 * self.done / self.owed) if self.owed else 0


def months_back(last: date, count: int = 6) -> list[date]:
    """The months up to and including `last`, oldest first."""
    months = [localtime.month_start(last)]
    while len(months) < count:
        months.append(localtime.previous_month(months[-1]))
    return months[::-1]


def cell(duty: VisitDuty | None, now: datetime) -> Cell:
    """What one duty looks like in the matrix."""
    if duty is None or duty.cancelled_at is not None:
        return Cell(NONE)
    if duty.visit is not None:
        day = localtime.local_date(duty.visit.visited_at)
        late = duty.level >= RED
        words = _("补 %(day)s") if late else "%(day)s"
        url = reverse("liaison:visit", args=[duty.visit_id])
        return Cell(LATE if late else DONE, "g", words % {"day": f"{day:%m-%d}"}, url)
    if duty.due_at is not None and duty.due_at <= now:
        return Cell(MISSED, "r", _("未访"))
    return Cell(DUE, "y" if duty.level else "n", _("待访"))


def matrix_rows(enterprises: Iterable[Any], months: Sequence[date]) -> list[MatrixRow]:
    """The rows of these enterprises; one query."""
    listed = list(enterprises)
    duties = VisitDuty.objects.filter(enterprise__in=[one.pk for one in listed], month__in=months)
    found = {(duty.enterprise_id, duty.month): duty for duty in duties.select_related("visit", "officer__department")}
    now = localtime.now()
    rows = []
    for one in listed:
        own = [found.get((one.pk, month)) for month in months]
        officer = next((duty.officer for duty in reversed(own) if duty is not None), None)
        rows.append(MatrixRow(one, officer, [cell(duty, now) for duty in own]))
    return rows


def totals(duties: QuerySet[VisitDuty], months: Sequence[date]) -> list[Totals]:
    """Done, owed and missed of each month over these duties; one query."""
    rows = (
        duties.filter(month__in=months, cancelled_at__isnull=True)
        .order_by()
        .values("month")
        .annotate(
            owed=Count("pk"),
            done=Count("pk", filter=Q(done_at__isnull=False)),
            missed=Count("pk", filter=Q(done_at__isnull=True, due_at__lte=localtime.now())),
        )
    )
    by_month = {row["month"]: Totals(row["month"], row["done"], row["owed"], row["missed"]) for row in rows}
    return [by_month.get(month, Totals(month, 0, 0, 0)) for month in months]
