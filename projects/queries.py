"""Reads behind the pages of projects."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum, Window
from django.db.models.functions import RowNumber

from enterprises.models import Enterprise
from foundation.clocks.localtime import local_date, today
from projects.filters import late_completion, late_start
from projects.models import Project, StageChange

SORTS = {
    "code": "code",
    "name": "name",
    "investment": "investment",
    "invested": "invested",
    "start": "planned_start",
    "completion": "planned_completion",
}
CARDS = 20  # per lane of the board; the rest is a link to the list


def listed(user: Any) -> QuerySet[Project]:
    """Projects within the user's sight, with what a row names."""
    return Project.objects.visible_to(user).select_related("enterprise", "park", "responsible_department")


@dataclass(frozen=True)
class Counts:
    """How many projects each saved view holds, and the investment of those in the library (万元)."""

    active: int
    negotiation: int
    signed: int
    construction: int
    production: int
    full_capacity: int
    late_start: int
    late_completion: int
    investment: Decimal
    invested: Decimal


def counts(rows: QuerySet[Project]) -> Counts:
    """Counts and sums over these rows, in one query."""
    on = Q(is_active=True)
    stages = {str(stage): Count("pk", filter=on & Q(stage=stage)) for stage in Project.Stage}
    found = rows.aggregate(
        active=Count("pk", filter=on),
        late_start=Count("pk", filter=on & late_start()),
        late_completion=Count("pk", filter=on & late_completion()),
        investment_sum=Sum("investment", filter=on),
        invested_sum=Sum("invested", filter=on),
        **stages,
    )
    whole, done = found.pop("investment_sum"), found.pop("invested_sum")
    return Counts(**found, investment=whole or Decimal(0), invested=done or Decimal(0))


@dataclass
class Lane:
    """One stage of the board."""

    stage: Project.Stage
    count: int = 0
    investment: Decimal = Decimal(0)
    cards: list[Project] = field(default_factory=list)

    @property
    def more(self) -> int:
        """Projects that the lane does not show."""
        return self.count - len(self.cards)


def board(rows: QuerySet[Project]) -> list[Lane]:
    """The stages with their counts, sums and first cards; two queries whatever the number of projects."""
    lanes = {stage: Lane(stage) for stage in Project.Stage}
    for found in rows.order_by().values("stage").annotate(count=Count("pk"), total=Sum("investment")):
        lane = lanes[Project.Stage(found["stage"])]
        lane.count, lane.investment = found["count"], found["total"]
    place = Window(RowNumber(), partition_by=F("stage"), order_by=[F("investment").desc(), F("pk").asc()])
    for project in rows.annotate(place=place).filter(place__lte=CARDS).order_by("stage", "place"):
        lanes[Project.Stage(project.stage)].cards.append(project)
    return list(lanes.values())


@dataclass(frozen=True)
class Step:
    """A stage on the path of one project."""

    label: str
    state: str  # ok, now or empty
    day: date | None
    planned: date | None
    late: bool


def path(project: Project, changes: list[StageChange]) -> list[Step]:
    """The stages of one project with the day each was reached, or is planned for."""
    stages = list(Project.Stage)
    here = stages.index(Project.Stage(project.stage))
    reached = {change.to_stage: local_date(change.at) for change in reversed(changes)}
    actual = {Project.Stage.CONSTRUCTION: project.actual_start, Project.Stage.PRODUCTION: project.actual_completion}
    planned = {Project.Stage.CONSTRUCTION: project.planned_start, Project.Stage.PRODUCTION: project.planned_completion}
    steps = []
    for place, stage in enumerate(stages):
        plan = planned.get(stage)
        state = "ok" if place < here else "now" if place == here else ""
        day = (actual.get(stage) or reached.get(stage)) if state else None
        steps.append(Step(str(stage.label), state, day, plan, bool(plan and not state and plan < today())))
    return steps


def of_enterprise(enterprise: Enterprise, user: Any) -> dict[str, Any]:
    """The panel on an enterprise's page."""
    rows = Project.objects.visible_to(user).filter(enterprise=enterprise).select_related("responsible_department")
    return {"projects": list(rows.order_by("-is_active", "code")[:20]), "object_pk": str(enterprise.pk)}
