"""The sweep: every clock whose instant has come gets its level and its warnings, each warning once."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.db import OperationalError, connection, transaction

from foundation.audit.actions import record
from foundation.clocks import kinds, localtime, sweep_sql
from foundation.clocks.kinds import ClockKind, Raised
from foundation.clocks.levels import ESCALATED, RED, YELLOW
from foundation.clocks.models import Clock, Sweep

logger = logging.getLogger(__name__)

BATCH = 6_000
ATTEMPTS = 3


@dataclass
class Tally:
    """What was raised: warnings by level, and the notices written for them."""

    yellow: int = 0
    red: int = 0
    escalated: int = 0
    notices: int = 0

    def add(self, other: Tally) -> None:
        """Add another tally to this one."""
        for name in ("yellow", "red", "escalated", "notices"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass
class SweepResult(Tally):
    """One sweep: its totals, its seconds, the same per kind, and the kinds that could not be finished."""

    seconds: float = 0.0
    kinds: dict[str, dict[str, int]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The result as plain JSON values."""
        return asdict(self)


def sweep(*, at: datetime | None = None, kind: str | None = None) -> SweepResult:
    """Raise everything that is due at an instant (now); with `kind`, only that kind and those below it.

    Safe to repeat, to kill, and to run twice at once: each batch is one transaction that moves levels, writes
    warnings, tells people and writes the audit row, or leaves no trace. A kind that fails does not hold up the others.
    """
    began = time.perf_counter()
    at = at or localtime.now()
    result = SweepResult()
    for key in _kinds_due(at, kind):
        try:
            _sweep_kind(kinds.get(key), at, result)
        except Exception as error:  # whatever one kind's own code raises must not silence the others
            logger.exception("sweep of %s failed", key)
            result.failed[key] = f"{type(error).__name__}: {error}"
    result.seconds = round(time.perf_counter() - began, 4)
    return result


@transaction.atomic
def catch_up(*, kind: str, clock_ids: Sequence[int], at: datetime) -> Tally:
    """Sweep only these clocks, which the caller has locked."""
    return _finish(kinds.get(kind), at, sweep_sql.advance_ids(kind, at, clock_ids))


def _kinds_due(at: datetime, prefix: str | None) -> list[str]:
    """The registered kinds with anything due: the one query of a sweep that has nothing to do."""
    keys = [kind.key for kind in kinds.matching(prefix)]
    if not keys:
        return []
    due = Clock.objects.filter(kind__in=keys, next_change_at__lte=at)
    return sorted(due.order_by().values_list("kind", flat=True).distinct())


def _sweep_kind(kind: ClockKind, at: datetime, result: SweepResult) -> None:
    """Sweep one kind, batch after batch, until nothing is due that nobody else holds."""
    total = Tally()
    try:
        more = True
        while more:
            swept, more = _batch_with_retries(kind, at)
            total.add(swept)
    finally:
        if total != Tally():
            result.kinds[kind.key] = asdict(total)
        result.add(total)


def _batch_with_retries(kind: ClockKind, at: datetime) -> tuple[Tally, bool]:
    """One batch, and whether there may be more.

    Where it meets a lock of somebody at work it steps back, so that people never wait for a sweep.
    """
    for attempt in range(1, ATTEMPTS):
        try:
            return _batch(kind, at, BATCH)
        except OperationalError:
            if connection.in_atomic_block:
                raise
            time.sleep(0.1 * attempt)
    return _batch(kind, at, BATCH)


@transaction.atomic
def _batch(kind: ClockKind, at: datetime, limit: int) -> tuple[Tally, bool]:
    """One transaction of the sweep: what was raised, and whether it was so full that there may be more."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '500ms'")
    done = sweep_sql.advance_due(kind.key, at, limit)
    return _finish(kind, at, done), len(done.moved) == limit


def _finish(kind: ClockKind, at: datetime, done: sweep_sql.Advanced) -> Tally:
    """Bring the owners of clocks that moved in line, tell people of their warnings, and record it."""
    if not done.moved:
        return Tally()
    tally = _count(done.raised)
    tally.notices = kind.after_sweep(done.moved, done.raised)
    if done.raised:
        row = Sweep.objects.create(at=at, kind=kind.key, **asdict(tally))
        record(action="clocks.sweep", target=row, by=None, **asdict(tally), clocks=len(done.moved))
    return tally


def _count(raised: list[Raised]) -> Tally:
    """New warnings by level."""
    levels = [warning.level for warning in raised]
    return Tally(levels.count(YELLOW), levels.count(RED), levels.count(ESCALATED))
