"""Bringing a clock's level and its warnings in line after its due instant moved or it stood still."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models.functions import Greatest

from foundation.clocks import levels
from foundation.clocks.models import Clock, Warning


def settle(clock: Clock, at: datetime, rows: Sequence[Warning] | None = None) -> None:
    """Take back the levels no longer held and close their warnings; a new level is left to the next sweep."""
    rows = list(clock.warnings.all()) if rows is None else rows
    passed = levels.level(clock, at)
    of_this_due = {row.level for row in rows if row.due_at == clock.due_at}
    raised = max((level for level in of_this_due if level <= passed), default=levels.NORMAL)
    clock.level = max(min(clock.level, passed), raised)
    missing = set(range(1, passed + 1)) - of_this_due
    clock.next_change_at = levels.next_change(clock, at)
    if missing and clock.stopped_at is None and clock.paused_at is None:
        clock.next_change_at = clock.yellow_at  # past: the next sweep raises what this due instant has reached
    _close(rows, lambda row: row.due_at != clock.due_at or row.level > clock.level, at)
    _open([row for row in rows if row.due_at == clock.due_at and row.level <= clock.level])


def close_all(clock_ids: Iterable[int], at: datetime) -> None:
    """Close every open warning of clocks that were stopped."""
    open_ones = Warning.objects.filter(clock_id__in=list(clock_ids), cleared_at__isnull=True)
    open_ones.update(cleared_at=Greatest("raised_at", at))


def _close(rows: Sequence[Warning], gone, at: datetime) -> None:
    """Close the open warnings that no longer hold."""
    ids = [row.pk for row in rows if row.cleared_at is None and gone(row)]
    if ids:
        Warning.objects.filter(pk__in=ids).update(cleared_at=Greatest("raised_at", at))


def _open(rows: Sequence[Warning]) -> None:
    """Open again what holds again, without a second warning."""
    ids = [row.pk for row in rows if row.cleared_at is not None]
    if ids:
        Warning.objects.filter(pk__in=ids).update(cleared_at=None)
