"""What an undo had to leave, in words and with links: within the sight of whoever looks."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Model

from foundation.imports.models import Batch
from foundation.imports.queries import url_of
from foundation.imports.registry import resource_for

SHOWN = 50  # objects named one by one


@dataclass(frozen=True)
class Link:
    """A row that depends on an object; without a page of its own there is no address."""

    label: str
    url: str


@dataclass(frozen=True)
class Kept:
    """An object that an undo left, and what keeps it."""

    row: int
    key: str
    name: str
    reason: str
    url: str
    links: list[Link]


@dataclass(frozen=True)
class Left:
    """All that an undo left: the first of them, how many more, and how many rows of each kind keep them."""

    first: list[Kept]
    more: int
    kinds: list[tuple[str, int]]


def left_by_undo(batch: Batch, user: Any) -> Left | None:
    """None where the last undo left nothing."""
    told = batch.undo_refused
    if not told:
        return None
    kinds: Counter[str] = Counter()
    for one in told:
        kinds.update({kind["kind"]: kind["count"] for kind in one.get("depends", ())})
    first = told[:SHOWN]
    known, resource = _links(first, user), resource_for(batch.resource)
    kept = [
        Kept(
            one["row"],
            one["key"],
            one["name"],
            one["reason"],
            url_of(resource, one.get("pk")),
            [
                known[kind["model"], pk]
                for kind in one.get("depends", ())
                for pk in kind["some"]
                if (kind["model"], pk) in known
            ],
        )
        for one in first
    ]
    total = max(batch.counts.get("kept", 0), len(told))
    return Left(kept, total - len(kept), kinds.most_common())


def _links(told: list[dict[str, Any]], user: Any) -> dict[tuple[str, str], Link]:
    """{(model, primary key): link} of the rows that this person may see, by one query for each kind."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for one in told:
        for kind in one.get("depends", ()):
            wanted[kind["model"]].update(kind["some"])
    return {
        (label, str(row.pk)): Link(str(row), row.get_absolute_url() if hasattr(row, "get_absolute_url") else "")
        for label, keys in wanted.items()
        for row in _visible(apps.get_model(label), keys, user)
    }


def _visible(model: type[Model], keys: set[str], user: Any) -> list[Any]:
    """The rows in sight, with all they name; a table without rows of its own, as of a many-to-many, has none."""
    manager: Any = model._default_manager
    if not hasattr(manager, "visible_to"):
        return []
    names = [field.name for field in model._meta.concrete_fields if field.many_to_one]
    return list(manager.visible_to(user).filter(pk__in=keys).select_related(*names))
