"""What assigning one holder to many targets would do, worked out before it is done."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from enterprises.models import Enterprise
from foundation.accounts.models import Department, User
from liaison.models import Assignment
from projects.models import Project


@dataclasses.dataclass(frozen=True)
class Plan:
    """Targets by what would happen to them; `replaced` are the assignments that would end."""

    kind: str
    field: str  # enterprise or project
    holder: User | Department
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


Seat = tuple[int | None, int | None, str]


def seat(assignment: Assignment) -> Seat:
    """What one assignment at a time can hold: (enterprise, project, part)."""
    return assignment.enterprise_id, assignment.project_id, assignment.kind


def active_at(assignments: Iterable[Assignment]) -> list[Assignment]:
    """Who holds the places of these assignments now; one query."""
    wanted = {seat(one) for one in assignments}
    enterprises = [enterprise for enterprise, _project, _kind in wanted if enterprise]
    projects = [project for _enterprise, project, _kind in wanted if project]
    found = Assignment.objects.active().filter(Q(enterprise__in=enterprises) | Q(project__in=projects))
    rows = found.select_related("enterprise", "project", "user", "department")
    return [one for one in rows if seat(one) in wanted]


def target_field(target: Enterprise | Project) -> str:
    """The assignment's field for a target."""
    return "project" if isinstance(target, Project) else "enterprise"


def plan(*, kind: str, targets: Iterable[Enterprise | Project], holder: User | Department) -> Plan:
    """Sort the targets by what would happen; one query whatever their number."""
    rows: list[Any] = list(targets)
    name = target_field(rows[0]) if rows else "enterprise"
    found = Plan(kind=kind, field=name, holder=holder)
    active = Assignment.objects.active().filter(kind=kind, **{f"{name}__in": [row.pk for row in rows]})
    held = {getattr(one, f"{name}_id"): one for one in active.select_related("user", "department")}
    mine = "department_id" if isinstance(holder, Department) else "user_id"
    for row in rows:
        current = held.get(row.pk)
        if current is None:
            found.new.append(row)
        elif getattr(current, mine) == holder.pk:
            found.unchanged.append(row)
        else:
            setattr(current, name, row)
            found.replaced.append(current)
    return found
