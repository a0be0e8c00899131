"""Writing signs of life; no audit rows: nobody decided anything."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from foundation.heartbeats.models import Heartbeat

FORGET_AFTER = timedelta(days=7)  # a worker that has not worked since was taken down


def done(*, task: str, worker: str, at: datetime | None = None) -> None:
    """A worker finished a task well: one statement for both rows."""
    now = at or timezone.now()
    rows = [Heartbeat(kind=Heartbeat.Kind.TASK, name=task[:120], at=now)]
    if worker:
        rows.append(Heartbeat(kind=Heartbeat.Kind.WORKER, name=worker[:120], at=now))
    Heartbeat.objects.bulk_create(rows, update_conflicts=True, unique_fields=["kind", "name"], update_fields=["at"])


def forget(*, at: datetime | None = None) -> int:
    """Drop workers that are gone; returns how many."""
    gone = Heartbeat.objects.filter(kind=Heartbeat.Kind.WORKER, at__lt=(at or timezone.now()) - FORGET_AFTER)
    return gone.delete()[0]
