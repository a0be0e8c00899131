"""The tabs above the ledger: the built-in ones with their counts, then what the person keeps or follows."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any
from zlib import crc32

from django.core.cache import cache
from django.http import QueryDict

from foundation.audit.memory import until_next_act
from foundation.clocks.localtime import today
from issues.desk import ledger
from issues.desk.export import asked_rows
from issues.models import Event, SavedView

KEPT = 60  # seconds


def tabs(
    user: Any, active: ledger.View, numbers: Mapping[str, int], query: QueryDict
) -> tuple[list[dict[str, Any]], SavedView | None]:
    """Every tab, and which of the saved ones is open; their counts come after the page."""
    saved = until_next_act(f"tabs:{user.pk}", lambda: list(SavedView.objects.tabs_of(user)))
    open_key = query.get("saved", "")
    chosen = next((one for one in saved if str(one.pk) == open_key), None)
    built_in = [
        {
            "label": view.label,
            "url": f"?view={view.key}",
            "count": numbers.get(view.key),
            "active": view == active and chosen is None,
            "seldom": view.seldom,
        }
        for view in ledger.views_for(user)
    ]
    own = [
        {
            "label": one.name,
            "url": f"?{one.query}&saved={one.pk}",
            "active": one == chosen,
            "later": f"view-count-{one.pk}",
        }
        for one in saved
    ]
    return built_in + own, chosen


def saved_counts(user: Any) -> dict[int, int]:
    """How many cases each saved tab of this person holds now: counted again once anything has happened."""
    newest = Event.objects.order_by("-pk").values_list("pk", flat=True).first()
    found: dict[int, int] = {}
    for view in SavedView.objects.tabs_of(user):
        key = f"view:{view.pk}:{crc32(view.query.encode())}:{user.pk}:{newest}:{today()}"
        found[view.pk] = cache.get_or_set(key, partial(_count, user, view), KEPT)  # type: ignore[assignment]
    return found


def _count(user: Any, view: SavedView) -> int:
    return asked_rows(user, QueryDict(view.query)).order_by().count()
