"""Whose limit a clock of this app measures, for those who may see the case."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from foundation.clocks.kinds import Owner
from issues.models import CoHandling, Handling, Listing
from issues.telling import url_for

Owners = Callable[[Any, Iterable[int]], dict[int, Owner]]


def owners_of(model: type[Handling | CoHandling | Listing]) -> Owners:
    """The rows of a model, each shown as its case; the enterprise's side sees none of them."""

    def owners(user: Any, ids: Iterable[int]) -> dict[int, Owner]:
        rows = model.objects.visible_to(user).filter(pk__in=ids).select_related("issue")
        return {
            row.pk: Owner(f"{row.issue.title}({row.issue.number})", url_for(row.issue_id, enterprise=False))
            for row in rows
        }

    return owners
