"""Reads for the actions, the API and the floors below; the pages' own reads stand in ledger.py and detail.py."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Q

from foundation.clocks.levels import RED
from foundation.clocks.queries import badge
from issues.limits.warnings import last_day
from issues.models import Category, Issue
from liaison.problems import Listed, OpenCount


def category_choices() -> list[tuple[str, str]]:
    """The categories in use: (code, name)."""
    return list(Category.objects.filter(is_active=True).values_list("code", "name"))


def listed_of_visit(visit: Any, user: Any) -> list[Listed]:
    """The cases that came of a visit, as far as the user may see them."""
    rows = Issue.objects.visible_to(user).filter(visit=visit).order_by("pk")
    return [
        Listed(row.number, row.title, row.get_absolute_url(), row.get_status_display(), row.level, deadline_words(row))
        for row in rows
    ]


def deadline_words(issue: Issue) -> str:
    """How long the limit that is due first has left; empty when none runs."""
    if issue.due_at is None:
        return ""
    return badge(
        level=issue.level,
        due_on=last_day(issue.due_at),
        provisional=issue.due_provisional,
        paused=issue.waiting_since is not None,
    ).words


def open_counts(enterprise_ids: Iterable[int], user: Any) -> dict[int, OpenCount]:
    """Open and red cases by enterprise, in one query."""
    rows = Issue.objects.visible_to(user).open().filter(enterprise_id__in=list(enterprise_ids))
    counted = rows.order_by().values("enterprise_id").annotate(open=Count("pk"), red=Count("pk", Q(level__gte=RED)))
    return {row["enterprise_id"]: OpenCount(row["open"], row["red"]) for row in counted}
