"""Who serves an enterprise, asked of the app above that knows: for a filter, a column and the export."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q


@dataclass(frozen=True)
class Officers:
    """What the app of assignments tells about service officers."""

    choices: Callable[[Any], list[tuple[int, str]]]  # (user) -> officers to choose from, as id and name
    served_by: Callable[[int], Q]  # (officer id) -> condition on Enterprise
    unserved: Callable[[], Q]  # enterprises that have no officer
    names: Callable[[Iterable[int]], dict[int, str]]  # (enterprise ids) -> enterprise id to officer's name, one query


NOBODY = Officers(choices=lambda user: [], served_by=lambda pk: Q(pk__in=[]), unserved=Q, names=lambda ids: {})
_source = NOBODY


def register(source: Officers) -> None:
    """Plug in the app that knows."""
    global _source
    _source = source


def officers() -> Officers:
    return _source
