"""Who serves an enterprise or a project, now and before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from foundation.accounts.models import User
from liaison.models import Assignment
from liaison.plans import target_field

Kind = Assignment.Kind


@dataclass
class Part:
    """One of the four parts at a target: who holds it, and who did before."""

    kind: str
    current: Assignment | None = None
    past: list[Assignment] = field(default_factory=list)

    @property
    def label(self) -> str:
        return Kind(self.kind).label


def team(target: Any) -> list[Part]:
    """The four parts in order, each with its history; one query."""
    parts = {kind: Part(kind) for kind in Kind.values}
    rows = Assignment.objects.filter(**{target_field(target): target})
    for row in rows.select_related("user__department", "department").order_by("-started_on", "-pk"):
        setattr(row, target_field(target), target)
        if row.ended_on is None:
            parts[row.kind].current = row
        else:
            parts[row.kind].past.append(row)
    return list(parts.values())


def active_parts(enterprise_ids: Iterable[int]) -> dict[int, dict[str, Assignment]]:
    """The active assignments of many enterprises by enterprise and kind; one query."""
    found: dict[int, dict[str, Assignment]] = defaultdict(dict)
    rows = Assignment.objects.active().filter(enterprise_id__in=list(enterprise_ids))
    for row in rows.select_related("user", "department"):
        found[row.enterprise_id][row.kind] = row
    return dict(found)


def _officers() -> Any:
    return Assignment.objects.active().filter(kind=Kind.SERVICE_OFFICER, enterprise__isnull=False)


def officers_by_enterprise(ids: Iterable[int]) -> dict[int, str]:
    """Names of the service officers; one query."""
    return dict(_officers().filter(enterprise_id__in=list(ids)).values_list("enterprise_id", "user__name"))


def officer_choices(user: Any) -> list[tuple[int, str]]:
    """The officers at work, as far as the user sees their enterprises."""
    seen = Assignment.objects.visible_to(user)
    holders = User.objects.filter(pk__in=_officers().filter(pk__in=seen.values("pk")).values("user_id"))
    return [(pk, name) for pk, name in holders.order_by("name").values_list("pk", "name")]


def served_by(officer_id: int) -> Q:
    """Enterprises that this officer serves."""
    return Q(pk__in=_officers().filter(user_id=officer_id).values("enterprise_id"))


def unserved() -> Q:
    """Enterprises without a service officer."""
    return vacant(Kind.SERVICE_OFFICER)


def vacant(kind: str) -> Q:
    """Enterprises where nobody holds this part."""
    held = Assignment.objects.active().filter(kind=kind, enterprise__isnull=False)
    return ~Q(pk__in=held.values("enterprise_id"))
