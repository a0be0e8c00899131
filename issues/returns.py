"""Which department returned how many of the cases it was given: this month and this year, each figure with its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse
from django.utils.functional import Promise

from foundation.accounts.models import Department
from foundation.clocks.localtime import end_of_day, month_start, start_of_day, today
from issues.models import Handling

RETURNED = Handling.Ended.RETURNED
# Of a turn: its case was returned once already, and so goes to arbitration when it is returned again.
RETURNED_BEFORE = Q(
    Exists(Handling.objects.filter(issue=OuterRef("issue"), round__lt=OuterRef("round"), ended=RETURNED))
)


@dataclass(frozen=True)
class Figure:
    """A number of cases, and the ledger with exactly these."""

    value: int
    url: str


@dataclass(frozen=True)
class Span:
    """What one department was given and returned between two days."""

    given: Figure
    returned: Figure

    @property
    def share(self) -> float | None:
        """Per cent of what was given; none where nothing was."""
        return 100 * self.returned.value / self.given.value if self.given.value else None


@dataclass(frozen=True)
class Row:
    """One department."""

    department: Department
    month: Span
    year: Span
    again: Figure  # returned a second time this year: to arbitration


@dataclass(frozen=True)
class Kind:
    """How many cases were returned this year for one reason."""

    label: str | Promise
    figure: Figure


@dataclass(frozen=True)
class Returns:
    """The whole page, the department that returned most on top."""

    day: date
    rows: list[Row]
    kinds: list[Kind]


def returns(day: date | None = None) -> Returns:
    """The figures of the month and the year of a day (today), in three queries whatever the number of departments."""
    last = day or today()
    month, year = month_start(last), last.replace(month=1, day=1)
    end = end_of_day(last)
    spans = {"month": start_of_day(month), "year": start_of_day(year)}
    again = _within("ended_at", spans["year"], end) & Q(ended=RETURNED) & RETURNED_BEFORE
    counts: dict[str, Any] = {"again": Count("issue", distinct=True, filter=again)}
    for name, start in spans.items():
        given = Q(is_redo=False) & _within("dispatched_at", start, end)
        counts[f"given_{name}"] = Count("issue", distinct=True, filter=given)
        back = Q(ended=RETURNED) & _within("ended_at", start, end)
        counts[f"returned_{name}"] = Count("issue", distinct=True, filter=back)
    turns = Handling.objects.filter(Q(dispatched_at__gte=spans["year"]) | Q(ended_at__gte=spans["year"]))
    found: list[dict[str, Any]] = list(turns.order_by().values("department_id").annotate(**counts))  # type: ignore[arg-type]
    departments = Department.objects.in_bulk([row["department_id"] for row in found])
    rows = [_row(departments[row["department_id"]], row, month, year, last) for row in found]
    rows.sort(key=lambda row: (-row.year.returned.value, -row.month.returned.value, row.department.sort_order))
    return Returns(last, rows, _kinds(year, last))


def _within(field: str, start: Any, end: Any) -> Q:
    return Q(**{f"{field}__gte": start, f"{field}__lt": end})


def _row(department: Department, found: Mapping[str, int], month: date, year: date, last: date) -> Row:
    def span(name: str, first: date) -> Span:
        given = ledger(turn_of=department.pk, given_after=first, given_before=last)
        back = ledger(turn_of=department.pk, returned_after=first, returned_before=last)
        return Span(Figure(found[f"given_{name}"], given), Figure(found[f"returned_{name}"], back))

    address = ledger(turn_of=department.pk, returned_after=year, returned_before=last, again="true")
    again = Figure(found["again"], address)
    return Row(department, span("month", month), span("year", year), again)


def _kinds(year: date, last: date) -> list[Kind]:
    """The reasons of the year, the commonest first."""
    turns = Handling.objects.filter(_within("ended_at", start_of_day(year), end_of_day(last)), ended=RETURNED)
    found = turns.order_by().values_list("return_kind").annotate(cases=Count("issue", distinct=True))
    address = {"returned_after": year, "returned_before": last}
    kinds = [
        Kind(Handling.ReturnKind(kind).label, Figure(cases, ledger(return_kind=kind, **address)))
        for kind, cases in found
    ]
    return sorted(kinds, key=lambda kind: -kind.figure.value)


def ledger(**asked: Any) -> str:
    """The ledger narrowed like this, open and closed."""
    return f"{reverse('issues:list')}?{urlencode({'view': 'all'} | asked)}"
