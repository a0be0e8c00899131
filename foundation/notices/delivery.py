"""Sending the outbox: claim, look once more, send, mark; a retry carries the same Message-ID."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.notices import backoff, claiming, failures, hours, rules, sight
from foundation.notices.channels import GATEWAYS, Gateway, Outgoing, Rejected
from foundation.notices.channels.groups import groups
from foundation.notices.models import Delivery
from foundation.notices.rules import Choices, Rules

logger = logging.getLogger(__name__)

GIVE_UP_AFTER = 3  # failures in a row: the gateway is down, the rest waits for the next run
NEXT_RUN = timedelta(minutes=1)
State = Delivery.State


def deliver_due(*, at: datetime | None = None) -> dict[str, int]:
    """Send what is due now; returns how many were sent, will be retried, failed for good, or dropped."""
    now = at or timezone.now()
    claiming.release_stuck(now)
    tally = Counter(sent=0, retry=0, failed=0, dropped=0)
    for gateway in GATEWAYS.values():
        _Run(gateway, now, tally).go()
    return dict(tally)


class _Run:
    """One run over what is due on one channel."""

    def __init__(self, gateway: Gateway, now: datetime, tally: Counter[str]) -> None:
        self.gateway, self.now, self.tally = gateway, now, tally
        self.quiet = hours.is_quiet(now)
        self.failures = 0
        self.ruled: Rules | None = None
        self.choices: Choices = {}

    def go(self) -> None:
        """Batch after batch, until nothing is due or the gateway is down."""
        while self.failures < GIVE_UP_AFTER and (claimed := self._take()):
            self.ruled = self.ruled or rules.current()
            self.choices = rules.chosen(one.notice.recipient_id for one in claimed)
            lost = sight.unseen(one.notice for one in claimed)
            for place, delivery in enumerate(claimed):
                if self.failures >= GIVE_UP_AFTER:
                    return claiming.give_back(claimed[place:], self.now + NEXT_RUN)
                self._settle(delivery, lost.get(delivery.notice_id, set()))
        return None

    def _take(self) -> list[Delivery]:
        return claiming.take(self.gateway.key, self.now, urgent_only=self.quiet)

    def _settle(self, delivery: Delivery, lost: set[int]) -> None:
        if why := self._not_to_be_sent(delivery, lost):
            self._end(delivery, State.DROPPED, "dropped", error=why)
        elif claiming.keep(delivery, timezone.now()):
            self._send(delivery, withheld=bool(lost))

    def _send(self, delivery: Delivery, *, withheld: bool) -> None:
        to = delivery.target or self.gateway.address_of(delivery.notice.recipient)
        try:
            self.gateway.send(_compose(delivery, to, withheld=withheld))
        except Exception as error:  # whatever the gateway throws, the outbox must go on
            return self._failed(delivery, error)
        self.failures = 0
        return self._end(delivery, State.SENT, "sent", sent_at=timezone.now(), error="")

    def _failed(self, delivery: Delivery, error: Exception) -> None:
        reason = failures.in_words(error)
        logger.warning("Message %s by %s failed: %s", delivery.message_id, self.gateway.key, reason)
        attempts = delivery.attempts + 1
        if isinstance(error, Rejected) or attempts >= backoff.MAX_ATTEMPTS:
            return self._end(delivery, State.FAILED, "failed", attempts=attempts, error=reason)
        self.failures += 1
        again = timezone.now() + backoff.wait_after(attempts)
        again = again if delivery.urgent else hours.next_open(again)
        return self._end(delivery, State.QUEUED, "retry", attempts=attempts, error=reason, next_attempt_at=again)

    def _end(self, delivery: Delivery, state: str, outcome: str, **facts: object) -> None:
        if claiming.finish(delivery, state, **facts):
            self.tally[outcome] += 1

    def _not_to_be_sent(self, delivery: Delivery, lost: set[int]) -> str:
        """Why this goes out no more, or nothing."""
        notice, recipient = delivery.notice, delivery.notice.recipient
        if lost and lost == set(notice.concerns):
            return _("收件人已看不到所涉事项")
        if delivery.target:
            return "" if delivery.target in groups() else _("设置里已没有这个群")
        if not recipient.is_active:
            return _("账号已停用")
        assert self.ruled is not None
        reached = self.gateway.is_configured() and self.gateway.address_of(recipient)
        wanted = self.ruled.of(notice.kind).wants(recipient, delivery.channel, self.choices)
        return "" if reached and wanted else _("收件人不再用这个渠道接收")


def _compose(delivery: Delivery, to: str, *, withheld: bool) -> Outgoing:
    """What leaves; `withheld`: without the names in a digest some of which the recipient may not see any more."""
    notice = delivery.notice
    text = notice.subject if withheld else notice.body or notice.subject
    return Outgoing(str(delivery.message_id), to, notice.subject, text, f"{settings.SITE_URL}{notice.url}")
