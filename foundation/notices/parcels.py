"""What goes out together: all that waits for one reader by one channel is one message."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from foundation.notices.channels import Outgoing
from foundation.notices.models import Delivery

NAMED = 50  # so many a message names one by one
HOUR = timedelta(hours=1)
Parcel = list[Delivery]


def packed(claimed: Iterable[Delivery]) -> list[Parcel]:
    """The parcels to send: what went out together goes so again, what is new for a reader goes together now."""
    found: dict[object, Parcel] = defaultdict(list)
    for one in claimed:
        found[one.bundle or ("new", one.reader)].append(one)
    return list(found.values())


def compose(parcel: Parcel, to: str, withheld: set[int]) -> Outgoing:
    """One message of a parcel; of the notices in `withheld` only the subject, which names no case."""
    message_id = str(parcel[0].bundle)
    if len(parcel) == 1:
        notice = parcel[0].notice
        text = notice.subject if notice.pk in withheld else notice.body or notice.subject
        return Outgoing(message_id, to, notice.subject, text, _whole(notice.url))
    count = sum(max(1, len(one.notice.about)) for one in parcel)
    subject = _("%(count)d 件消息:%(first)s 等") % {"count": count, "first": parcel[0].notice.subject}
    lines = [f"{n}. {one.notice.subject}{_link(one)}" for n, one in enumerate(islice(parcel, NAMED), 1)]
    if len(parcel) > NAMED:
        lines.append(_("……其余在系统的消息里。"))
    return Outgoing(message_id, to, subject, "\n".join(lines), _whole(reverse("notices:list")))


def _link(delivery: Delivery) -> str:
    return f"\n   {_whole(delivery.notice.url)}" if delivery.notice.url else ""


def _whole(url: str) -> str:
    return f"{settings.SITE_URL}{url}"


class Allowance(NamedTuple):
    """How many messages a reader may still get in this hour, and when there is room again."""

    left: int
    again_at: datetime


def allowances(claimed: list[Delivery], per_hour: int, now: datetime) -> dict[object, Allowance]:
    """Reader → what is left of their hour, in one query; who got nothing lately is left out."""
    found: dict[object, dict[object, datetime]] = defaultdict(dict)
    channel = claimed[0].channel
    people = {one.notice.recipient_id for one in claimed if not one.target}
    sent = Delivery.objects.filter(channel=channel, state=Delivery.State.SENT, sent_at__gt=now - HOUR)
    rows = sent.filter(target="", notice__recipient__in=people) | sent.exclude(target="")
    for one in rows.select_related("notice").only("target", "bundle", "message_id", "sent_at", "notice__recipient"):
        found[one.reader][one.bundle or one.message_id] = one.sent_at or now
    return {reader: Allowance(per_hour - len(sent), min(sent.values()) + HOUR) for reader, sent in found.items()}
