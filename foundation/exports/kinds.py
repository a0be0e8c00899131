"""Which lists can be exported in the background; each says how its rows become lines of a sheet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.functional import Promise

from foundation.accounts.permissions import Permission

Rows = Callable[[Any, QueryDict], QuerySet]
Headings = Callable[[Any, QueryDict], Sequence[str]]
Lines = Callable[[Any, QueryDict, Sequence[int]], Iterable[Sequence[Any]]]


@dataclass(frozen=True)
class ExportKind:
    """One list: `rows` are those the address asks for within the person's sight, in their order.

    `lines` are the sheet's lines for some of those rows, by primary key, in the order given.
    """

    key: str
    title: str | Promise
    unit: str | Promise
    permission: Permission
    rows: Rows
    headings: Headings
    lines: Lines


_kinds: dict[str, ExportKind] = {}


def register(kind: ExportKind) -> None:
    """Let a list be exported; called in the `ready()` of the app that has it."""
    _kinds[kind.key] = kind


def kind_of(key: str) -> ExportKind | None:
    """The kind of that key, or None."""
    return _kinds.get(key)


def may_export(user: Any) -> bool:
    """Whether this person may have any list exported."""
    return any(user.may(kind.permission) for kind in _kinds.values())
