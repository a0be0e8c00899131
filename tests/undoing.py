"""Many tries from one state of the database, which costs more to reach than a try."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.cache import cache
from django.db import transaction


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is written inside is taken back at the end, and nothing of it is remembered."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    cache.clear()
