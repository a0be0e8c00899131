"""Telling people: the notice and its outgoing mail are written in the transaction of what they tell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from foundation.accounts.models import User
from foundation.notices import outbox, outbox_sql, rules


@dataclass(frozen=True, slots=True)
class Message:
    """What to tell one person; the same `key` never reaches the same person twice."""

    recipient_id: int
    kind: str
    subject: str
    key: str
    body: str = ""
    url: str = ""
    about: list[int] = field(default_factory=list)
    concerns: list[int] = field(default_factory=list)  # what its kind's `still_seen` is asked about before sending


def notify(*, to: Iterable[User], kind: str, subject: str, key: str, body: str = "", url: str = "") -> int:
    """Tell several people the same thing; returns how many notices were written."""
    return notify_many([Message(user.pk, kind, subject, key, body, url) for user in to])


@transaction.atomic
def notify_many(messages: Iterable[Message], *, at: datetime | None = None) -> int:
    """Write notices and their outgoing mail; what was said before is left out. Returns how many are new."""
    told = list(messages)
    if not told:
        return 0
    ruled = rules.current()
    rows = [_row(message, ruled) for message in told]
    moment = at or timezone.now()
    written = outbox_sql.tell(rows, moment)
    outbox.queue(written, ruled, moment)
    return len(written)


def _row(message: Message, ruled: rules.Rules) -> dict[str, object]:
    return {
        "recipient_id": message.recipient_id,
        "kind": message.kind,
        "subject": _storable(message.subject)[:200],
        "body": _storable(message.body),
        "url": message.url,
        "key": message.key,
        "about": message.about,
        "concerns": message.concerns,
        "needs_ack": ruled.of(message.kind).needs_ack,
    }


def _storable(text: str) -> str:
    """The text without what a database refuses: NUL and lone surrogates."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode()
