"""Who sends what: claims on the outbox, kept alive while they are worked on, given up when their worker is gone."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q

from foundation.notices.models import Delivery

BATCH = 50
MOST = 2000  # that are taken along because they wait for the same readers
STUCK_AFTER = timedelta(minutes=10)
State = Delivery.State


def release_stuck(now: datetime) -> int:
    """A worker killed while sending leaves its claim behind; after a while it is free again."""
    stuck = Delivery.objects.filter(state=State.IN_FLIGHT, claimed_at__lt=now - STUCK_AFTER)
    return stuck.update(state=State.QUEUED, next_attempt_at=now, claim=None, claimed_at=None)


@transaction.atomic
def take(channel: str, now: datetime, *, urgent_only: bool = False) -> list[Delivery]:
    """Claim the next due ones of a channel, with all else that waits for the same readers.

    Two workers never hold the same one.
    """
    due = Delivery.objects.filter(channel=channel, state=State.QUEUED, next_attempt_at__lte=now)
    if urgent_only:
        due = due.filter(urgent=True)
    if connection.features.has_select_for_update_skip_locked:
        # SQLite has one writer at a time: there the transaction is the lock.
        due = due.select_for_update(skip_locked=True, of=("self",))
    due = due.select_related("notice").order_by("next_attempt_at", "pk")
    first = list(due[:BATCH])
    if not first:
        return []
    people = {one.notice.recipient_id for one in first if not one.target}
    same = Q(target="", notice__recipient__in=people) | ~Q(target="") & Q(target__in={one.target for one in first})
    ids = {one.pk for one in first} | set(due.filter(same).values_list("pk", flat=True)[:MOST])
    claim = uuid.uuid4()
    Delivery.objects.filter(pk__in=ids).update(state=State.IN_FLIGHT, claim=claim, claimed_at=now)
    return list(Delivery.objects.filter(claim=claim).select_related("notice__recipient").order_by("pk"))


def keep(parcel: list[Delivery], now: datetime) -> list[Delivery]:
    """Say that this parcel is about to go out, under one Message-ID that every retry repeats.

    What was given up meanwhile, and may be somebody else's, is left out.
    """
    held = Delivery.objects.filter(_held(parcel))
    bundle = parcel[0].bundle or parcel[0].message_id
    if held.update(claimed_at=now, bundle=bundle) < len(parcel):
        still = set(held.values_list("pk", flat=True))
        parcel = [one for one in parcel if one.pk in still]
    for one in parcel:
        one.bundle = bundle
    return parcel


def finish(deliveries: list[Delivery], state: str, **facts: object) -> int:
    """End claims in a state; what was not held any more is left as it is. Returns how many ended."""
    return Delivery.objects.filter(_held(deliveries)).update(state=state, claim=None, claimed_at=None, **facts)


def give_back(deliveries: list[Delivery], until: datetime) -> None:
    """Let go of claims that were not tried: nothing is counted against them."""
    finish(deliveries, State.QUEUED, next_attempt_at=until)


def _held(deliveries: list[Delivery]) -> Q:
    claims = {one.claim for one in deliveries}
    return Q(pk__in=[one.pk for one in deliveries], claim__in=claims, state=State.IN_FLIGHT)
