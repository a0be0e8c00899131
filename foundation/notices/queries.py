"""What the office reads of the outbox."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

from django.db.models import Count
from django.utils import timezone

from foundation.notices.channels import GATEWAYS
from foundation.notices.models import Channel, Delivery

LATELY = timedelta(days=7)
State = Delivery.State


class ChannelRow(NamedTuple):
    """How a channel fared lately: a count for each state, in the order of the states."""

    label: str
    is_configured: bool
    counts: list[int]


def by_channel(user: Any) -> list[ChannelRow]:
    """What was queued lately, by channel and state; channels that are neither set up nor used are left out."""
    recent = Delivery.objects.visible_to(user).filter(queued_at__gte=timezone.now() - LATELY)
    found = {
        (row["channel"], row["state"]): row["n"] for row in recent.values("channel", "state").annotate(n=Count("*"))
    }
    rows = [
        ChannelRow(
            channel.label, GATEWAYS[channel].is_configured(), [found.get((channel, state), 0) for state in State]
        )
        for channel in Channel
    ]
    return [row for row in rows if row.is_configured or any(row.counts)]
