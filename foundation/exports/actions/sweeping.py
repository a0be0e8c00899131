"""What beat does: lost work is taken up again, old files go."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from foundation.audit.actions import record
from foundation.exports.actions.running import STUCK, run
from foundation.exports.models import Export

LOST = timedelta(minutes=1)  # nobody began it after this long: its message was lost


def sweep() -> dict[str, int]:
    """Safe to run twice or at once."""
    now = timezone.now()
    lost = Q(claim="", created_at__lt=now - LOST)
    dead = ~Q(claim="") & Q(claimed_at__lt=now - STUCK)
    resumed = sum(run(export=export) for export in Export.objects.under_way().filter(lost | dead).order_by("pk"))
    old = Export.objects.filter(
        state=Export.State.DONE, finished_at__lt=now - timedelta(days=settings.EXPORT_KEEP_DAYS)
    )
    return {"resumed": resumed, "expired": sum(_expire(export) for export in old)}


@transaction.atomic
def _expire(export: Export) -> bool:
    """The file goes, the line in the person's list stays."""
    rows = Export.objects.filter(pk=export.pk, state=Export.State.DONE)
    if not rows.update(state=Export.State.EXPIRED, file=""):
        return False
    record(action="exports.expire", target=export, by=None)
    name, storage = str(export.file.name), export.file.storage
    transaction.on_commit(lambda: storage.delete(name), robust=True)
    return True
