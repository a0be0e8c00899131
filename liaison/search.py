"""Visits in the full-text index, and how the results show them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from foundation.accounts.permissions import Permission
from foundation.search.kinds import Hit, Kind, Text
from liaison.models import Visit

SAID = ("summary", "operating_facts", "explained", "met", "companions")


def texts(ids: Sequence[int]) -> dict[int, Text]:
    rows = Visit.objects.filter(pk__in=ids).select_related("enterprise", "project", "by")
    return {row.pk: Text("\n".join([str(row), row.by.name, *(getattr(row, name) for name in SAID)])) for row in rows}


def hits(user: Any, ids: Sequence[int]) -> Iterator[Hit]:
    rows = Visit.objects.visible_to(user).filter(pk__in=ids)
    for row in rows.select_related("enterprise", "project", "by", "department"):
        who = row.department.label if row.department else ""
        sub = " · ".join(filter(None, (row.by.name, who, row.get_form_display())))
        yield Hit(row.pk, str(row), sub, reverse("liaison:visit", args=[row.pk]))


VISITS = Kind(
    key="visit",
    slot=4,
    label=_("走访"),
    model=Visit,
    permissions=(Permission.VISIT_VIEW,),
    texts=texts,
    hits=hits,
    follows={"enterprises.enterprise": "enterprise", "projects.project": "project"},
)
