"""Which models own attachments; each registers how to tell the ones a user may see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Model, Q, QuerySet

Visible = Callable[[Any], QuerySet]
Page = Callable[[Any, int], str]
_owners: dict[str, Visible] = {}
_pages: dict[str, Page] = {}


def register_owner(model: type[Model], visible: Visible | None = None, page: Page | None = None) -> None:
    """Let `model` own attachments; by default whoever may see the owner sees its files.

    `page` is the address at which a person reads the owner. The enterprise's side never sees files marked internal.
    """
    if page is not None:
        _pages[model._meta.label_lower] = page
    _owners[model._meta.label_lower] = visible or (lambda user: model.objects.visible_to(user))  # type: ignore[attr-defined]


def page_of(owner_type: str, owner_id: int | None, user: Any) -> str:
    """Where this person reads the owner; blank where nobody said."""
    page = _pages.get(owner_type)
    return page(user, owner_id) if page and owner_id else ""


def visible_owners(user: Any) -> Q:
    """The condition on attachments that the user's sight of their owners gives."""
    condition = Q(pk__in=[])
    for label, visible in _owners.items():
        condition |= Q(owner_type=label, owner_id__in=visible(user).values("pk"))
    return condition & Q(internal=False) if user.has_role("enterprise") else condition
