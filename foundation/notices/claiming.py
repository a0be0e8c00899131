"""Who sends what: claims on the outbox, kept alive while they are worked on, given up when their worker is gone."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q

from foundation.notices.models import Delivery

BATCH = 50
STUCK_AFTER = timedelta(minutes=10)
State = Delivery.State


def release_stuck(now: datetime) -> int:
    """A worker killed while sending leaves its claim behind; after a while it is free again."""
    stuck = Delivery.objects.filter(state=State.IN_FLIGHT, claimed_at__lt=now - STUCK_AFTER)
    return stuck.update(state=State.QUEUED, next_attempt_at=now, claim=None, claimed_at=None)


@transaction.atomic
def take(channel: str, now: datetime, *, urgent_only: bool = False) -> list[Delivery]:
    """Claim the next due ones of a channel; two workers never hold the same one."""
    due = Delivery.objects.filter(channel=channel, state=State.QUEUED, next_attempt_at__lte=now)
    if urgent_only:
        due = due.filter(urgent=True)
    due = due.order_by("next_attempt_at", "pk")
    if connection.features.has_select_for_update_skip_locked:
        due = due.select_for_update(skip_locked=True)  # SQLite has one writer at a time: the transaction is the lock
    ids = list(due.values_list("pk", flat=True)[:BATCH])
    if not ids:
        return []
    claim = uuid.uuid4()
    Delivery.objects.filter(pk__in=ids).update(state=State.IN_FLIGHT, claim=claim, claimed_at=now)
    return list(Delivery.objects.filter(claim=claim).select_related("notice__recipient").order_by("pk"))


def keep(delivery: Delivery, now: datetime) -> bool:
    """Say that the claim is still worked on; False when it was given up meanwhile and may be somebody else's."""
    return bool(Delivery.objects.filter(_held(delivery)).update(claimed_at=now))


def finish(delivery: Delivery, state: str, **facts: object) -> bool:
    """End a claim in a state; False when it was not held any more, and nothing is written."""
    return bool(Delivery.objects.filter(_held(delivery)).update(state=state, claim=None, claimed_at=None, **facts))


def give_back(deliveries: list[Delivery], until: datetime) -> None:
    """Let go of claims that were not tried: nothing is counted against them."""
    held = Delivery.objects.filter(pk__in=[one.pk for one in deliveries], claim__in={one.claim for one in deliveries})
    held.update(state=State.QUEUED, next_attempt_at=until, claim=None, claimed_at=None)


def _held(delivery: Delivery) -> Q:
    return Q(pk=delivery.pk, claim=delivery.claim, state=State.IN_FLIGHT)
