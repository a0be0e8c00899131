"""How far a batch is, and whether somebody wants it stopped, while the transaction of the work is still open.

Both stand in small files beside the stored one: on SQLite no second connection can write during a commit.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused
from foundation.imports.models import Batch

EVERY = 0.2  # seconds between two writes


class Progress(NamedTuple):
    done: int
    total: int

    @property
    def percent(self) -> int:
        return min(100, self.done * 100 // self.total) if self.total else 0


class Cancelled(Refused):
    """Somebody stopped the work: who, by primary key, and when."""

    def __init__(self, by_id: int | None, at: datetime) -> None:
        super().__init__(_("这一批已被取消，没有写入任何数据。"), code="cancelled")
        self.by_id, self.at = by_id, at


class Reporter:
    """Writes progress at most every fifth of a second; a write that fails costs only the bar.

    Each call is also where the work can be stopped: it raises Cancelled once somebody asked for it.
    """

    def __init__(self, batch: Batch, total: int = 0) -> None:
        self.path, self.total, self._last = _path(batch, "progress"), total, 0.0
        self.stop = _path(batch, "stop")

    def __call__(self, done: int) -> None:
        self.stop_if_asked()
        now = time.monotonic()
        if now - self._last < EVERY and not self.total <= done:
            return
        self._last = now
        with contextlib.suppress(OSError):
            _write(self.path, [done, self.total])

    def is_asked_to_stop(self) -> bool:
        return self.stop.exists()

    def stop_if_asked(self) -> None:
        """Raise Cancelled where somebody asked for it."""
        if not self.is_asked_to_stop():
            return
        by_id, at = json.loads(self.stop.read_text())
        raise Cancelled(by_id, datetime.fromisoformat(at))

    def clear(self) -> None:
        """The work is over: neither its figures nor a wish to stop it hold for the next."""
        for path in (self.path, self.stop):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


def progress_of(batch: Batch) -> Progress:
    """The last figures written, or nothing done of nothing."""
    try:
        done, total = json.loads(_path(batch, "progress").read_text())
    except (OSError, ValueError):
        return Progress(0, 0)
    return Progress(done, total)


def ask_to_stop(batch: Batch, *, by: Any, at: datetime) -> None:
    """Have the process at work on this batch give up at its next step."""
    _write(_path(batch, "stop"), [by.pk if by else None, at.isoformat()])


def is_asked_to_stop(batch: Batch) -> bool:
    return _path(batch, "stop").exists()


def _write(path: Path, content: list[Any]) -> None:
    """As a whole or not at all: another process may be reading."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(json.dumps(content))
    draft.replace(path)


def _path(batch: Batch, kind: str) -> Path:
    return Path(f"{batch.file.path}.{kind}")
