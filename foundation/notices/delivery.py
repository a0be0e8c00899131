"""Sending the outbox: claim, look once more, send, mark; a retry carries the same Message-ID."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.notices import backoff, claiming, failures, hours, parcels, rules, sight
from foundation.notices.channels import GATEWAYS, Gateway, Rejected
from foundation.notices.channels.groups import groups
from foundation.notices.models import Delivery
from foundation.notices.parcels import Parcel
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
            wanted = [one for one in claimed if not self._dropped(one, lost.get(one.notice_id, set()))]
            self._send_all(self._within_the_hour(wanted), {pk for pk, gone in lost.items() if gone})

    def _take(self) -> list[Delivery]:
        return claiming.take(self.gateway.key, self.now, urgent_only=self.quiet)

    def _dropped(self, delivery: Delivery, lost: set[int]) -> bool:
        why = self._not_to_be_sent(delivery, lost)
        if why:
            self._end([delivery], State.DROPPED, "dropped", error=why)
        return bool(why)

    def _within_the_hour(self, claimed: list[Delivery]) -> list[Parcel]:
        """What may go now; what is more than a reader's share of an hour waits, to go as one message."""
        if not claimed or not self.gateway.per_hour:
            return parcels.packed(claimed)
        shares = parcels.allowances(claimed, self.gateway.per_hour, self.now)
        full = {reader for reader, share in shares.items() if share.left < 1}
        for reader in full:
            waiting = [one for one in claimed if one.reader == reader]
            if waiting:
                claiming.give_back(waiting, hours.next_open(shares[reader].again_at))
        return parcels.packed(one for one in claimed if one.reader not in full)

    def _send_all(self, packed: list[Parcel], withheld: set[int]) -> None:
        for place, parcel in enumerate(packed):
            if self.failures >= GIVE_UP_AFTER:
                rest = [one for later in packed[place:] for one in later]
                return claiming.give_back(rest, self.now + NEXT_RUN)
            if held := claiming.keep(parcel, timezone.now()):
                self._send(held, withheld)
        return None

    def _send(self, parcel: Parcel, withheld: set[int]) -> None:
        to = parcel[0].target or self.gateway.address_of(parcel[0].notice.recipient)
        try:
            self.gateway.send(parcels.compose(parcel, to, withheld))
        except Exception as error:  # whatever the gateway throws, the outbox must go on
            return self._failed(parcel, error)
        self.failures = 0
        return self._end(parcel, State.SENT, "sent", sent_at=timezone.now(), error="")

    def _failed(self, parcel: Parcel, error: Exception) -> None:
        reason = failures.in_words(error)
        logger.warning("Message %s by %s failed: %s", parcel[0].message_id, self.gateway.key, reason)
        attempts = max(one.attempts for one in parcel) + 1
        if isinstance(error, Rejected) or attempts >= backoff.MAX_ATTEMPTS:
            return self._end(parcel, State.FAILED, "failed", attempts=attempts, error=reason)
        self.failures += 1
        again = timezone.now() + backoff.wait_after(attempts)
        again = again if parcel[0].urgent else hours.next_open(again)
        return self._end(parcel, State.QUEUED, "retry", attempts=attempts, error=reason, next_attempt_at=again)

    def _end(self, parcel: Parcel, state: str, outcome: str, **facts: object) -> None:
        self.tally[outcome] += claiming.finish(parcel, state, **facts)

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
