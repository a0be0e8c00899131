"""How far a batch is, visible to every process while its own transaction is still open.

It stands in a small file beside the stored one: on SQLite no second connection can write during a commit.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from pathlib import Path
from typing import NamedTuple

from foundation.imports.models import Batch

EVERY = 0.2  # seconds between two writes


class Progress(NamedTuple):
    done: int
    total: int

    @property
    def percent(self) -> int:
        return min(100, self.done * 100 // self.total) if self.total else 0


class Reporter:
    """Writes progress at most every fifth of a second; a write that fails costs only the bar."""

    def __init__(self, batch: Batch, total: int = 0) -> None:
        self.path, self.total, self._last = _path(batch), total, 0.0

    def __call__(self, done: int) -> None:
        now = time.monotonic()
        if now - self._last < EVERY and done < self.total:
            return
        self._last = now
        with contextlib.suppress(OSError):
            draft = self.path.with_suffix(f".{os.getpid()}")
            draft.write_text(json.dumps([done, self.total]))
            draft.replace(self.path)

    def clear(self) -> None:
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)


def progress_of(batch: Batch) -> Progress:
    """The last figures written, or nothing done of nothing."""
    try:
        done, total = json.loads(_path(batch).read_text())
    except (OSError, ValueError):
        return Progress(0, 0)
    return Progress(done, total)


def _path(batch: Batch) -> Path:
    return Path(f"{batch.file.path}.progress")
