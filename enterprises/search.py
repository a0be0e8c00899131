"""Enterprises in the full-text index, and how the results show them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from enterprises.models import Enterprise
from foundation.accounts.permissions import Permission
from foundation.search.kinds import Hit, Kind, Text

SAID = ("pk", "name", "credit_code", "legal_representative", "address", "business_scope")
SHOWN = ("pk", "name", "credit_code", "park__name", "town__name")


def texts(ids: Sequence[int]) -> dict[int, Text]:
    """What the register says, and the names of those merged into it."""
    merged: dict[int, list[str]] = defaultdict(list)
    names = ("merged_into_id", "name", "credit_code", "legal_representative")
    for survivor, *said in Enterprise.objects.filter(merged_into__in=ids).values_list(*names):
        merged[survivor] += said
    rows = Enterprise.objects.filter(pk__in=ids).values_list(*SAID)
    return {pk: Text("\n".join(filter(None, [*said, *merged[pk]]))) for pk, *said in rows}


def hits(user: Any, ids: Sequence[int]) -> Iterator[Hit]:
    rows = Enterprise.objects.visible_to(user).filter(pk__in=ids).values_list(*SHOWN)
    for pk, name, code, park, town in rows:
        yield Hit(pk, name, " · ".join(filter(None, (code, park or town))), reverse("enterprises:detail", args=[pk]))


ENTERPRISES = Kind(
    key="enterprise",
    slot=2,
    label=_("企业"),
    model=Enterprise,
    permissions=(Permission.ENTERPRISE_VIEW,),
    texts=texts,
    hits=hits,
    number="credit_code",
)
