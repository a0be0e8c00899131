"""Files whose form was never accepted go after some hours."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from foundation.attachments.actions.storing import discard
from foundation.attachments.models import Attachment

AT_ONCE = 200


@transaction.atomic
def sweep_held() -> int:
    """How many went; what a draft keeps stays, and so does one that a form takes at this moment."""
    old = timezone.now() - timedelta(hours=settings.ATTACHMENT_HELD_HOURS)
    forgotten = Attachment.objects.held().filter(held_for__isnull=True, uploaded_at__lt=old)
    rows = list(forgotten.select_for_update()[:AT_ONCE])
    for row in rows:
        discard(row)
    return len(rows)
