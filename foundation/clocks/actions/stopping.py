"""Ending many clocks at once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from foundation.accounts.models import User
from foundation.clocks import kinds, localtime
from foundation.clocks.actions.lifecycle import go_on
from foundation.clocks.actions.sweeping import catch_up
from foundation.clocks.models import Clock
from foundation.clocks.warnings import close_all

BATCH = 2_000


@transaction.atomic
def stop_many(*, kind: str, owner_ids: Iterable[int], reason: str, by: User | None, at: datetime | None = None) -> int:
    """Stop the running clocks of these owners; owners without one are passed over. Returns how many stopped."""
    at = at or localtime.now()
    owners = list(owner_ids)
    batches = (owners[first : first + BATCH] for first in range(0, len(owners), BATCH))
    return sum(_stop_batch(kind, batch, reason, by, at) for batch in batches)


def _stop_batch(kind: str, owners: list[int], reason: str, by: User | None, at: datetime) -> int:
    """Stop one batch."""
    running = Clock.objects.running().of(kind, owners).select_for_update().order_by("pk")
    ids = list(running.values_list("pk", flat=True))
    if not ids:
        return 0
    catch_up(kind=kind, clock_ids=ids, at=at)
    left = Clock.objects.running().filter(pk__in=ids)  # without those that catching up has stopped
    for clock in left.filter(paused_at__isnull=False).select_related("ladder"):
        go_on(clock, at, by=by)  # what stood still is judged as if it had gone on at this moment
    stopped = left.update(stopped_at=at, stop_reason=reason[:60], paused_at=None, next_change_at=None)
    close_all(ids, at)
    kinds.get(kind).refresh(ids)
    return stopped
