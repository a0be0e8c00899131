"""Sending the outbox: claim, look once more, send, mark; a retry carries the same Message-ID."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.notices import backoff, claiming, sight
from foundation.notices.models import Channel, Delivery

logger = logging.getLogger(__name__)

GIVE_UP_AFTER = 3  # failures in a row: the gateway is down, the rest waits for the next run
NEXT_RUN = timedelta(minutes=1)
State = Delivery.State


def deliver_due(*, at: datetime | None = None) -> dict[str, int]:
    """Send what is due now; returns how many were sent, will be retried, failed for good, or dropped."""
    now = at or timezone.now()
    claiming.release_stuck(now)
    tally = Counter(sent=0, retry=0, failed=0, dropped=0)
    for channel in Channel.values:
        _Run(channel, now, tally).go()
    return dict(tally)


class _Run:
    """One run over what is due on one channel."""

    def __init__(self, channel: str, now: datetime, tally: Counter[str]) -> None:
        self.channel, self.now, self.tally = channel, now, tally
        self.failures = 0

    def go(self) -> None:
        """Batch after batch, until nothing is due or the gateway is down."""
        while self.failures < GIVE_UP_AFTER and (claimed := claiming.take(self.channel, self.now)):
            lost = sight.unseen(one.notice for one in claimed)
            for place, delivery in enumerate(claimed):
                if self.failures >= GIVE_UP_AFTER:
                    return claiming.give_back(claimed[place:], self.now + NEXT_RUN)
                self._settle(delivery, lost.get(delivery.notice_id, set()))
        return None

    def _settle(self, delivery: Delivery, lost: set[int]) -> None:
        if why := _not_to_be_sent(delivery, lost):
            self._end(delivery, State.DROPPED, "dropped", error=why)
        elif claiming.keep(delivery, timezone.now()):
            self._send(delivery, withheld=bool(lost))

    def _send(self, delivery: Delivery, *, withheld: bool) -> None:
        try:
            _compose(delivery, withheld=withheld).send()
        except Exception as error:  # whatever the gateway throws, the outbox must go on
            self.failures += 1
            return self._failed(delivery, error)
        self.failures = 0
        return self._end(delivery, State.SENT, "sent", sent_at=timezone.now(), error="")

    def _failed(self, delivery: Delivery, error: Exception) -> None:
        logger.warning("Message %s failed: %s", delivery.message_id, error)
        attempts, reason = delivery.attempts + 1, f"{type(error).__name__}: {error}"[:300]
        if attempts >= backoff.MAX_ATTEMPTS:
            return self._end(delivery, State.FAILED, "failed", attempts=attempts, error=reason)
        again = timezone.now() + backoff.wait_after(attempts)
        facts = {"attempts": attempts, "error": reason, "next_attempt_at": again}
        return self._end(delivery, State.QUEUED, "retry", **facts)

    def _end(self, delivery: Delivery, state: str, outcome: str, **facts: object) -> None:
        if claiming.finish(delivery, state, **facts):
            self.tally[outcome] += 1


def _not_to_be_sent(delivery: Delivery, lost: set[int]) -> str:
    """Why this goes out no more, or nothing."""
    notice, recipient = delivery.notice, delivery.notice.recipient
    if not recipient.is_active:
        return _("账号已停用")
    if not (recipient.email and recipient.notify_by_email):
        return _("收件人不再用这个渠道接收")
    if lost and lost == set(notice.concerns):
        return _("收件人已看不到所涉事项")
    return ""


def _compose(delivery: Delivery, *, withheld: bool) -> EmailMessage:
    """The mail; `withheld`: without the names in a digest some of which the recipient may not see any more."""
    notice = delivery.notice
    subject = " ".join(f"[{settings.PRODUCT_NAME}] {notice.subject}".split())
    text = notice.subject if withheld else notice.body or notice.subject
    headers = {"Message-ID": f"<{delivery.message_id}@liaison>"}
    body = f"{text}\n\n{settings.SITE_URL}{notice.url}"
    return EmailMessage(subject, body, to=[notice.recipient.email], headers=headers)
