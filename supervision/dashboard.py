"""The figures of the supervision dashboard: set-based, within what the viewer may see."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Count, Q

from foundation.accounts.models import Department
from foundation.accounts.permissions import Permission
from foundation.clocks.localtime import local_date
from foundation.clocks.models import Level
from issues.models import Category, Handling, Issue, IssueQuerySet
from issues.returns import RETURNED_BEFORE
from supervision.catalogue import MEASURES
from supervision.district import MISDIRECTED, red_stock
from supervision.periods import Period, week_of
from supervision.scoring import Figures, total
from supervision.standings import Standings, figures_by_department

WEEKS = 11
MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Headline:
    """The figures of the first row, at the end of the period or now, and where they stood one period before."""

    open_now: int
    open_before: int
    red_now: int
    red_before: int
    resolve: Figures
    resolve_before: Figures
    satisfaction: Figures
    visits: Figures
    returned: Figures  # of returned turns, those that went to arbitration
    dispatched: Figures  # of first dispatches, those that were not returned


@dataclass(frozen=True)
class Week:
    """One week of the trend; `red` is the stock of red cards at its end (or now)."""

    period: Period
    registered: int
    closed: int
    red: int


@dataclass
class Load:
    """Open cases of a department, a category or a cell of both, by level."""

    normal: int = 0
    yellow: int = 0
    red: int = 0

    @property
    def open(self) -> int:
        return self.normal + self.yellow + self.red

    def add(self, level: int, count: int) -> None:
        if level >= Level.RED:
            self.red += count
        elif level == Level.YELLOW:
            self.yellow += count
        else:
            self.normal += count


class Board:
    """Everything the dashboard shows to one viewer at one moment; each property costs a fixed number of queries."""

    def __init__(self, user: Any, result: Standings, now: datetime) -> None:
        self.result, self.period, self.now = result, result.period, now
        self.user, self.units = user, sight(user)
        self.issues: IssueQuerySet = Issue.objects.visible_to(user)
        previous = self.period.previous()
        self.end = min(self.now, self.period.end)
        # The same day and hour of the period before, or its end.
        elapsed = previous.start + (self.end - self.period.start)
        self.before = previous.end if self.period.is_over else min(elapsed, previous.end)

    @cached_property
    def headline(self) -> Headline:
        returned, dispatched = self._dispatching()
        return Headline(
            open_now=self._open_at[0],
            open_before=self._open_at[1],
            red_now=self._stock[-2] if self.period.is_over else sum(load.red for _kind, load in self.by_category()),
            red_before=self._stock[-1],
            resolve=self._measured("resolve"),
            resolve_before=self._resolved_before(),
            satisfaction=self._measured("satisfaction"),
            visits=self._measured("visits"),
            returned=returned,
            dispatched=dispatched,
        )

    @cached_property
    def weeks(self) -> list[Period]:
        """The weeks of the trend, the last one being that of the period's end or now; oldest first."""
        weeks = [week_of(local_date(min(self.now, self.period.end - MOMENT)))]
        while len(weeks) < WEEKS:
            weeks.append(weeks[-1].previous())
        return weeks[::-1]

    def trend(self) -> list[Week]:
        """New and closed cases by week, and the stock of red cards at each week's end."""
        columns = zip(self.weeks, self._registered, self._closed, self._stock, strict=False)
        return [Week(week, registered, closed, red) for week, registered, closed, red in columns]

    def by_category(self) -> list[tuple[Category, Load]]:
        """Open cases of each category, the fullest first."""
        return sorted(self._loads(1, self._categories), key=lambda row: -row[1].open)

    def overdue_grid(self) -> tuple[list[Department], list[Category], dict[tuple[int, int], int]]:
        """Departments and categories with red open cases, the worst first, and how many in each cell."""
        cells: dict[tuple[int, int], int] = defaultdict(int)
        for (unit, category, level), count in self._open.items():
            if level >= Level.RED and unit is not None:
                cells[unit, category] += count
        departments = sorted(
            (row for row in self._loads(0, self._departments) if row[1].red), key=lambda row: -row[1].red
        )
        kinds = {category for _unit, category in cells}
        categories = [category for pk, category in self._categories.items() if pk in kinds]
        return [unit for unit, _load in departments], categories, cells

    def workload(self) -> dict[int, Load]:
        """Department → its open cases."""
        return {unit.pk: load for unit, load in self._loads(0, self._departments)}

    def visits_by_department(self) -> list[tuple[Department, Figures]]:
        """Departments with visits owed in the period, the furthest behind first."""
        parts = [(row.department, part) for row in self._rows for part in row.parts if part.key == "visits"]
        owed = [(unit, Figures(part.numerator, part.denominator)) for unit, part in parts if part.denominator]
        return sorted(owed, key=lambda row: row[1].ratio)

    # -- the counting behind ------------------------------------------------------------------------------------------

    @cached_property
    def _rows(self) -> list[Any]:
        return [row for row in self.result.rows if self.units is None or row.department.pk in self.units]

    def _measured(self, key: str) -> Figures:
        """The scored departments' figures together; none where the formula does not count this."""
        parts = [part for row in self._rows for part in row.parts if part.key == key]
        return total(Figures(part.numerator, part.denominator) for part in parts)

    def _resolved_before(self) -> Figures:
        figures = figures_by_department(MEASURES["resolve"], self.period.previous(), self.before)
        return total(one for unit, one in figures.items() if self.units is None or unit in self.units)

    @cached_property
    def _open(self) -> dict[tuple[int | None, int, int], int]:
        """(department, category, level) → open cases: one pass for every figure on what is open now."""
        grouped = self.issues.open().order_by().values_list("department_id", "category_id", "level")
        return {(unit, category, level): count for unit, category, level, count in grouped.annotate(number=Count("*"))}

    @cached_property
    def _categories(self) -> dict[int, Category]:
        return {category.pk: category for category in Category.objects.all()}

    @cached_property
    def _departments(self) -> dict[int, Department]:
        return Department.objects.in_bulk({unit for unit, _category, _level in self._open if unit is not None})

    def _loads(self, place: int, known: dict[int, Any]) -> list[tuple[Any, Load]]:
        """Open cases by department (place 0) or by category (place 1)."""
        loads: dict[int, Load] = defaultdict(Load)
        for key, count in self._open.items():
            if key[place] is not None:
                loads[key[place]].add(key[2], count)  # type: ignore[index]
        return [(known[pk], load) for pk, load in loads.items()]

    @cached_property
    def _registered(self) -> list[int]:
        return self._spans("registered_at")

    @cached_property
    def _closed(self) -> list[int]:
        return self._spans("closed_at")

    def _spans(self, field: str) -> list[int]:
        """How many cases had this instant in each week of the trend, since `end` and since `before`; one query."""
        since = [Q(**{f"{field}__gte": at}) for at in (self.end, self.before)]
        spans = [Q(**{f"{field}__gte": week.start, f"{field}__lt": week.end}) for week in self.weeks] + since
        counts = {f"n{index}": Count(field, filter=span) for index, span in enumerate(spans)}
        earliest = min(self.before, self.weeks[0].start)
        facts = self.issues.filter(**{f"{field}__gte": earliest}).order_by().aggregate(**counts)
        return [facts[f"n{index}"] for index in range(len(spans))]

    @cached_property
    def _open_at(self) -> tuple[int, int]:
        """Open cases at `end` and at `before`: those of now, without what came since, with what was closed since."""
        now = sum(self._open.values())
        at_end = now - self._registered[-2] + self._closed[-2]
        return at_end, now - self._registered[-1] + self._closed[-1]

    @cached_property
    def _stock(self) -> list[int]:
        """Red cards at the end of each week of the trend, at `end` and at `before`."""
        return red_stock([*(min(week.end, self.now) for week in self.weeks), self.end, self.before], self.user)

    def _dispatching(self) -> tuple[Figures, Figures]:
        """The figures of the measures `returned` and `dispatched`, in one query."""
        start, end = self.period.start, self.end
        ended = Q(ended=Handling.Ended.RETURNED, ended_at__gte=start, ended_at__lt=end)
        first = Q(round=1, dispatched_at__gte=start, dispatched_at__lt=end)
        turns = Handling.objects.filter(ended | first)
        if self.units is not None:
            turns = turns.filter(department__in=self.units)
        facts = turns.aggregate(
            returned=Count("pk", filter=ended),
            again=Count("pk", filter=ended & RETURNED_BEFORE),
            first=Count("pk", filter=first),
            kept=Count("pk", filter=first & ~MISDIRECTED),
        )
        return (
            Figures(Decimal(facts["again"]), facts["returned"]),
            Figures(Decimal(facts["kept"]), facts["first"]),
        )


def sight(user: Any) -> set[int] | None:
    """The departments whose rows this person sees; None for all."""
    if user.may(Permission.DISTRICT_SCOPE):
        return None
    return set(user.department_scope().values_list("pk", flat=True))
