"""What a person does with the messages they got."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models.functions import Coalesce
from django.utils import timezone

from foundation.accounts.models import User
from foundation.audit.actions import record
from foundation.notices.models import Notice


def mark_read(*, notices: Any, by: User) -> int:
    """Mark a person's own notices as read; one that is to be acknowledged stays unread until it is."""
    unread = notices.visible_to(by).unread()
    return unread.exclude(pk__in=unread.unacknowledged().values("pk")).update(read_at=timezone.now())


@transaction.atomic
def acknowledge(*, notice: Notice, by: User) -> bool:
    """Say that one got it, which also reads it; False where that was said before or nobody asked."""
    now = timezone.now()
    waiting = Notice.objects.visible_to(by).unacknowledged().filter(pk=notice.pk)
    if not waiting.update(acked_at=now, read_at=Coalesce("read_at", now)):
        return False
    record(action="notices.acknowledge", target=notice, by=by, kind=notice.kind)
    return True
