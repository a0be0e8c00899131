"""Holds the cyclic garbage collector back while hundreds of thousands of cells are made into rows."""

from __future__ import annotations

import contextlib
import gc
import threading
from collections.abc import Iterator

_lock = threading.Lock()
_held = 0


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    """No collections inside: they would walk all those rows again and again and find nothing."""
    global _held
    with _lock:
        _held += 1
        gc.disable()
    try:
        yield
    finally:
        with _lock:
            _held -= 1
            if not _held:
                gc.enable()
