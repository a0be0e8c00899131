"""Sending the outbox: claim, send, mark; a retry carries the same Message-ID."""

from __future__ import annotations

import logging
import random
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection, transaction
from django.utils import timezone

from foundation.notices.models import Delivery

logger = logging.getLogger(__name__)

BATCH = 50
MAX_ATTEMPTS = 8
STUCK_AFTER = timedelta(minutes=10)


def deliver_due(*, at: datetime | None = None) -> dict[str, int]:
    """Send what is due now; returns how many were sent, will be retried, failed for good, or dropped."""
    now = at or timezone.now()
    _release_stuck(now)
    tally = {"sent": 0, "retry": 0, "failed": 0, "dropped": 0}
    while claimed := _claim(now):
        for delivery in claimed:
            tally[_send(delivery)] += 1
    return tally


def _release_stuck(now: datetime) -> None:
    """A worker killed while sending leaves its claim behind; after a while it is free again."""
    Delivery.objects.filter(state=Delivery.State.IN_FLIGHT, claimed_at__lt=now - STUCK_AFTER).update(
        state=Delivery.State.QUEUED, next_attempt_at=now, claimed_at=None
    )


@transaction.atomic
def _claim(now: datetime) -> list[Delivery]:
    due = Delivery.objects.filter(state=Delivery.State.QUEUED, next_attempt_at__lte=now).order_by("next_attempt_at")
    if connection.features.has_select_for_update_skip_locked:
        due = due.select_for_update(skip_locked=True)
    ids = list(due.values_list("pk", flat=True)[:BATCH])
    Delivery.objects.filter(pk__in=ids, state=Delivery.State.QUEUED).update(
        state=Delivery.State.IN_FLIGHT, claimed_at=now
    )
    return list(Delivery.objects.filter(pk__in=ids, state=Delivery.State.IN_FLIGHT).select_related("notice__recipient"))


def _send(delivery: Delivery) -> str:
    notice, recipient = delivery.notice, delivery.notice.recipient
    if not (recipient.is_active and recipient.email and recipient.notify_by_email):
        return _finish(delivery, Delivery.State.DROPPED, "dropped")
    try:
        _compose(delivery, f"{notice.body or notice.subject}\n\n{settings.SITE_URL}{notice.url}").send()
    except Exception as error:  # whatever the gateway throws, the outbox must go on
        return _retry(delivery, error)
    return _finish(delivery, Delivery.State.SENT, "sent", sent_at=timezone.now())


def _compose(delivery: Delivery, body: str) -> EmailMessage:
    subject = " ".join(f"[{settings.PRODUCT_NAME}] {delivery.notice.subject}".split())
    headers = {"Message-ID": f"<{delivery.message_id}@liaison>"}
    return EmailMessage(subject, body, to=[delivery.notice.recipient.email], headers=headers)


def _retry(delivery: Delivery, error: Exception) -> str:
    logger.warning("Mail %s failed: %s", delivery.message_id, error)
    reason = f"{type(error).__name__}: {error}"[:300]
    attempts = delivery.attempts + 1
    if attempts >= MAX_ATTEMPTS:
        return _finish(delivery, Delivery.State.FAILED, "failed", attempts=attempts, error=reason)
    wait = timedelta(minutes=2 ** (attempts - 1)) * random.uniform(0.8, 1.2)
    return _finish(
        delivery, Delivery.State.QUEUED, "retry", attempts=attempts, error=reason, next_attempt_at=timezone.now() + wait
    )


def _finish(delivery: Delivery, state: str, outcome: str, **facts: object) -> str:
    Delivery.objects.filter(pk=delivery.pk).update(state=state, claimed_at=None, **facts)
    return outcome
