"""Which models own attachments; each registers how to tell the ones a user may see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Model, Q, QuerySet

Visible = Callable[[Any], QuerySet]
_owners: dict[str, Visible] = {}


def register_owner(model: type[Model], visible: Visible | None = None) -> None:
    """Let `model` own attachments; by default whoever may see the owner sees its files.

    The enterprise's side never sees files marked internal.
    """
    _owners[model._meta.label_lower] = visible or (lambda user: model.objects.visible_to(user))  # type: ignore[attr-defined]


def visible_owners(user: Any) -> Q:
    """The condition on attachments that the user's sight of their owners gives."""
    condition = Q(pk__in=[])
    for label, visible in _owners.items():
        condition |= Q(owner_type=label, owner_id__in=visible(user).values("pk"))
    return condition & Q(internal=False) if user.has_role("enterprise") else condition
