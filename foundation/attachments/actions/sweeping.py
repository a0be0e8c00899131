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
    """How many went; one that a form takes at this moment stays."""
    old = timezone.now() - timedelta(hours=settings.ATTACHMENT_HELD_HOURS)
    rows = list(Attachment.objects.held().filter(uploaded_at__lt=old).select_for_update()[:AT_ONCE])
    for row in rows:
        discard(row)
    return len(rows)
