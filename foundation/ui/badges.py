"""Counts beside navigation entries; the apps that own the rows register them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Badge:
    """A count, and whether it stands for something urgent."""

    count: int
    hot: bool = False


_sources: dict[str, Callable[[Any], Badge | None]] = {}


def register(key: str, source: Callable[[Any], Badge | None]) -> None:
    """Let `source(user)` say the count shown beside the navigation entry `key`."""
    _sources[key] = source


def badge(key: str, user: Any) -> Badge | None:
    """The badge of one entry, or None when nobody counts it or there is nothing to count."""
    source = _sources.get(key)
    found = source(user) if source else None
    return found if found and found.count else None
