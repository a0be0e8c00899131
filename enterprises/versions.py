"""Saving over an object only when nobody else has since it was read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import Model

from foundation.accounts.errors import Refused, Stale

Row = TypeVar("Row", bound=Model)


def locked(obj: Row, version: int | None) -> Row:
    """The row as it stands, locked until the transaction ends; raises Stale when it is not `version` any more."""
    current = type(obj)._default_manager.select_for_update().get(pk=obj.pk)
    if version is not None and current.version != version:  # type: ignore[attr-defined]
        raise Stale(current)
    return current


def save(obj: Model, taken: Refused) -> None:
    """Save; where somebody was quicker with a unique value, `taken` is raised."""
    try:
        with transaction.atomic():
            obj.save()
    except IntegrityError as error:
        raise taken from error


def apply(obj: Model, facts: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Set the facts; returns {field: [before, after]} for those that differ, as plain values."""
    changes = {}
    for name, value in facts.items():
        before = getattr(obj, name)
        if before != value:
            changes[name] = [plain(before), plain(value)]
            setattr(obj, name, value)
    return changes


def plain(value: Any) -> Any:
    """A value that JSON can keep and people can read."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)
