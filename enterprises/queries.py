"""Reads behind the pages of enterprises."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from enterprises.models import Enterprise, Industry
from enterprises.officers import officers

SORTS = {
    "name": "name",
    "code": "credit_code",
    "industry": "industry_id",
    "tier": "tier_order",
    "capital": "registered_capital",
    "established": "established_on",
    "updated": "updated_at",
}


@dataclass(frozen=True)
class Counts:
    """How many enterprises each saved view holds."""

    active: int
    above_scale: int
    difficult: int
    monitoring: int
    doubtful: int
    missing: int
    inactive: int


def counts(rows: QuerySet[Enterprise]) -> Counts:
    """The counts of the saved views over these rows, in one query."""
    on = Q(is_active=True)
    return Counts(
        **rows.aggregate(
            active=Count("pk", filter=on),
            above_scale=Count("pk", filter=on & Q(is_above_scale=True)),
            difficult=Count("pk", filter=on & Q(operating_condition=Enterprise.Condition.DIFFICULT)),
            monitoring=Count("pk", filter=on & Q(is_monitoring_point=True)),
            doubtful=Count("pk", filter=on & Q(code_doubtful=True)),
            missing=Count("pk", filter=on & Q(roster_missing_since__isnull=False)),
            inactive=Count("pk", filter=Q(is_active=False)),
        )
    )


def with_officers(rows: Iterable[Enterprise]) -> list[Enterprise]:
    """The rows, each with `officer_name`; one query for all."""
    listed = list(rows)
    names = officers().names([row.pk for row in listed])
    for row in listed:
        row.officer_name = names.get(row.pk, "")  # type: ignore[attr-defined]
    return listed


def for_page(user: Any) -> QuerySet[Enterprise]:
    """One enterprise's page: everything its facts name, in one query and one for the pools."""
    return (
        Enterprise.objects.visible_to(user)
        .select_related("industry", "park", "town")
        .prefetch_related("pools", "contacts")
    )


def industry_path(industry: Industry | None) -> list[Industry]:
    """The class with those above it, section first; one query."""
    if industry is None:
        return []
    code = industry.code
    above = [code[:length] for length in (1, 3, 4, 5) if length <= len(code)]
    return list(Industry.objects.filter(code__in=above).order_by("level"))
