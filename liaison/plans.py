"""What assigning holders to targets would do, worked out before it is done."""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Iterable
from datetime import date
from typing import Any

from enterprises.models import Enterprise
from foundation.accounts.models import Department, User
from foundation.clocks.localtime import today
from liaison.models import Assignment
from projects.models import Project


@dataclasses.dataclass(frozen=True)
class Plan:
    """Targets by what would happen to them; `replaced` are the assignments that would end."""

    kind: str
    field: str  # enterprise or project
    holder: User | Department
    started_on: date  # of the new assignments
    new: list[Any] = dataclasses.field(default_factory=list)
    replaced: list[Assignment] = dataclasses.field(default_factory=list)
    unchanged: list[Any] = dataclasses.field(default_factory=list)

    @property
    def changed(self) -> list[Any]:
        """The targets that would get the holder."""
        return [*self.new, *(getattr(old, self.field) for old in self.replaced)]

    @property
    def counts(self) -> tuple[int, int, int]:
        """How many would be new, replaced and unchanged."""
        return len(self.new), len(self.replaced), len(self.unchanged)


Seat = tuple[int | None, int | None, str]  # (enterprise, project, part): one assignment at a time can hold it


def seat(assignment: Assignment) -> Seat:
    """The place that an assignment holds, or held."""
    return assignment.enterprise_id, assignment.project_id, assignment.kind


def _seat_at(target: Enterprise | Project, kind: str) -> Seat:
    return (None, target.pk, kind) if isinstance(target, Project) else (target.pk, None, kind)


def holding(seats: Iterable[Seat]) -> list[Assignment]:
    """The assignments that hold these places now; a query for enterprises and one for projects."""
    wanted = set(seats)
    found: list[Assignment] = []
    for at, name in enumerate(("enterprise", "project")):
        keys = sorted({one[at] or 0 for one in wanted if one[at]})
        if keys:
            rows = Assignment.objects.active().filter(**{f"{name}_id__in": keys})
            found += rows.select_related("enterprise", "project", "user", "department")
    return [one for one in found if seat(one) in wanted]


def target_field(target: Enterprise | Project) -> str:
    """The assignment's field for a target."""
    return "project" if isinstance(target, Project) else "enterprise"


@dataclasses.dataclass(frozen=True)
class Wish:
    """A holder for one part at one target, from a day on."""

    kind: str
    target: Enterprise | Project
    holder: User | Department
    started_on: date

    @property
    def seat(self) -> Seat:
        return _seat_at(self.target, self.kind)


def plan(*, kind: str, targets: Iterable[Enterprise | Project], holder: User | Department) -> Plan:
    """Sort the targets by what would happen; one query whatever their number."""
    wishes = [Wish(kind, target, holder, today()) for target in targets]
    plans = plan_each(wishes)
    return plans[0] if plans else Plan(kind=kind, field="enterprise", holder=holder, started_on=today())


def plan_each(wishes: Iterable[Wish]) -> list[Plan]:
    """One plan for each part, holder and day; two queries whatever the number of wishes."""
    wanted = list(wishes)
    held = {seat(one): one for one in holding(wish.seat for wish in wanted)}
    plans: dict[Hashable, Plan] = {}
    for wish in wanted:
        name = target_field(wish.target)
        key = (wish.kind, name, type(wish.holder), wish.holder.pk, wish.started_on)
        _sort(plans.setdefault(key, Plan(wish.kind, name, wish.holder, wish.started_on)), wish, held.get(wish.seat))
    return list(plans.values())


def _sort(found: Plan, wish: Wish, current: Assignment | None) -> None:
    mine = "department_id" if isinstance(wish.holder, Department) else "user_id"
    if current is None:
        found.new.append(wish.target)
    elif getattr(current, mine) == wish.holder.pk:
        found.unchanged.append(wish.target)
    else:
        setattr(current, found.field, wish.target)
        found.replaced.append(current)
