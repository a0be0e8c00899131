"""What a case counts for: the floors above say which figures it enters, the page of the case links to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from issues.models import Handling


class Effect(NamedTuple):
    """A figure, and the page with its rows."""

    label: str
    url: str


_sources: list[Callable[[Handling, Any], list[Effect]]] = []


def register(source: Callable[[Handling, Any], list[Effect]]) -> None:
    """Let `source(turn, user)` name the figures that a turn enters and the user may open."""
    if source not in _sources:
        _sources.append(source)


def of(turn: Handling | None, user: Any) -> list[Effect]:
    """The figures of a turn; none before it was handed over."""
    return [effect for source in _sources for effect in source(turn, user)] if turn else []
