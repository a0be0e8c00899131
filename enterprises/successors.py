"""Which enterprise stands now for one that was merged into another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from enterprises.models import Enterprise
from foundation.accounts.errors import Refused


def of(keys: Iterable[int]) -> dict[int, int]:
    """{merged away: survivor} of those among the keys that were merged; one query."""
    wanted = set(keys)
    merged = Enterprise._base_manager.filter(merged_into__isnull=False).values_list("pk", "merged_into_id")
    return {key: into for key, into in merged if key in wanted} if wanted else {}


def merged_away(user: Any, pk: int) -> Enterprise | None:
    """The record with this number, where it was merged into one that the user sees."""
    rows = Enterprise._base_manager.filter(pk=pk, merged_into__in=Enterprise.objects.visible_to(user))
    return rows.select_related("merged_into").first()


def bearing(condition: Q) -> Q:
    """A condition on enterprises that holds as well where one that was merged into them fulfils it."""
    merged = Enterprise._base_manager.filter(condition, merged_into__isnull=False)
    return condition | Q(pk__in=merged.values("merged_into_id"))


def standing(enterprise: Enterprise, *, no_key: bool = False) -> Enterprise:
    """The row that stands for this enterprise now, locked: its own, or that of the one it was merged into meanwhile."""
    row = Enterprise._base_manager.select_for_update(no_key=no_key).get(pk=enterprise.pk)
    while row.merged_into_id is not None:
        row = Enterprise._base_manager.select_for_update(no_key=no_key).get(pk=row.merged_into_id)
    return row


def refuse_merged(enterprise: Enterprise) -> None:
    """What is meant for this record alone cannot be done to it any more."""
    if enterprise.merged_into_id is not None:
        raise Refused(
            _("%(name)s刚刚并入%(into)s，请到那一家的页面操作。")
            % {"name": enterprise.name, "into": enterprise.merged_into},
            code="already_merged",
        )
