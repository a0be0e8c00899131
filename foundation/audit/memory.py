"""Remembering until the next act: whatever changes rows leaves an act on the trail, so its end tells what is old."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.core.cache import cache

from foundation.audit.models import AuditHead

KEPT = 60  # seconds; for what could ever move without an act
T = TypeVar("T")


def until_next_act(key: str, compute: Callable[[], T]) -> T:
    """What `compute` says, or said since the last act; read anew by every process for itself."""
    seq = AuditHead.objects.filter(pk=1).values_list("seq", flat=True).first()
    return cache.get_or_set(f"{key}:{seq}", compute, KEPT)  # type: ignore[return-value]
