"""Work whose message was lost or whose process died is taken up again."""

from __future__ import annotations

import logging

from django.db.models import Q
from django.utils import timezone

from foundation.accounts.errors import Refused
from foundation.imports.actions.base import LOST, STUCK, State
from foundation.imports.actions.committing import run_commit
from foundation.imports.actions.previewing import preview
from foundation.imports.actions.undoing import run_undo
from foundation.imports.models import Batch

log = logging.getLogger(__name__)


def resume_stuck() -> dict[str, int]:
    """Take up work whose message was lost or whose process died: the database says what is under way."""
    now = timezone.now()
    unclaimed = Q(claim="") & (Q(claimed_at__lt=now - LOST) | Q(claimed_at__isnull=True, created_at__lt=now - LOST))
    dead = ~Q(claim="") & Q(claimed_at__lt=now - STUCK)
    counts = {"previews": 0, "commits": 0, "undos": 0}
    for batch in Batch.objects.filter(unclaimed | dead, state__in=Batch.AT_WORK).order_by("pk"):
        try:
            if batch.state == State.COMMITTING:
                counts["commits"] += run_commit(batch=batch)
            elif batch.state == State.UNDOING:
                counts["undos"] += run_undo(batch=batch) is not None
            else:
                preview(batch=batch)
                counts["previews"] += 1
        except Refused as refusal:
            log.warning("batch %s: %s", batch.pk, refusal.message)
        except Exception:
            log.exception("batch %s", batch.pk)
    return counts
