"""The handled cases that suggestions are learned from, and how the suggestions did since."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, NamedTuple

from django.db.models import Count, F, Q, QuerySet

from foundation.clocks.localtime import now
from issues.models import Category, Handling, Issue, SuggestionModel
from issues.suggesting.features import Facts
from issues.suggesting.learning import Sample

MOST_ROWS = 20_000  # the newest; older habits of the district say little of today's
FOLLOWED_FOR = timedelta(days=180)
NOT_FOLLOWED_SHOWN = 8
Target = SuggestionModel.Target
SAME = Q(suggested=F("department")) | Q(suggested=F("department__parent"))
_COLUMNS = (
    "pk",
    "title",
    "text",
    "category__code",
    "enterprise__park_id",
    "enterprise__town_id",
    "enterprise__industry_id",
    "department_id",
)


class Handled(NamedTuple):
    """One case that a department brought to its end."""

    pk: int
    facts: Facts
    department: str
    category: str

    def sample(self, target: str) -> Sample:
        if target == Target.DEPARTMENT:
            return self.facts, self.department
        return replace(self.facts, category=""), self.category


def handled() -> list[Handled]:
    """The closed cases, oldest resolution first, each with the department that had it last: whoever returned it is
    no example to follow."""
    closed = Issue.objects.filter(status=Issue.Status.CLOSED, resolved_at__isnull=False, department__isnull=False)
    newest = closed.order_by("-resolved_at", "-pk").values_list(*_COLUMNS)[:MOST_ROWS]
    return [_handled(*row) for row in reversed(newest)]


def _handled(
    pk: int, title: str, text: str, category: str, park: Any, town: Any, industry: Any, department: int
) -> Handled:
    facts = Facts(title, text, category, str(park or ""), str(town or ""), industry or "")
    return Handled(pk, facts, str(department), category)


def default_departments() -> dict[str, str]:
    """The fixed rule: category code → its department."""
    rows = Category.objects.filter(default_department__isnull=False).values_list("code", "default_department_id")
    return {code: str(pk) for code, pk in rows}


@dataclass(frozen=True)
class Followed:
    """What became of cases handed over with a suggestion that was learned."""

    taken: int = 0
    taken_returned: int = 0
    other: int = 0
    other_returned: int = 0

    @property
    def all(self) -> int:
        return self.taken + self.other


def followed() -> Followed:
    """Over the last half year, in one query; passing a case on inside the department changes nothing."""
    rows = Handling.objects.filter(suggested__isnull=False, dispatched_at__gte=now() - FOLLOWED_FOR)
    same, returned = SAME, Q(ended__in=[Handling.Ended.RETURNED, Handling.Ended.REASSIGNED])
    numbers = rows.aggregate(
        taken=Count("pk", filter=same),
        taken_returned=Count("pk", filter=same & returned),
        other=Count("pk", filter=~same),
        other_returned=Count("pk", filter=~same & returned),
    )
    return Followed(**numbers)


def not_followed(user: Any) -> QuerySet[Handling]:
    """The newest turns that were given to another department than suggested, as far as the user sees the cases."""
    rows = Handling.objects.visible_to(user).filter(suggested__isnull=False).exclude(SAME)
    return rows.select_related("issue", "department", "suggested").order_by("-dispatched_at")[:NOT_FOLLOWED_SHOWN]
