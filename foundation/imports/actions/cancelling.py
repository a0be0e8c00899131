"""A batch at work is stopped: nothing of it is written or taken back, and it says who stopped it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused
from foundation.audit.actions import record
from foundation.imports.actions.base import STUCK, State, free
from foundation.imports.models import Batch
from foundation.imports.progress import Cancelled, Reporter, ask_to_stop


def cancel(*, batch: Batch, by: Any) -> bool:
    """Stop a batch: True when it is over at once, False when the process at work will notice at its next step."""
    batch.refresh_from_db()
    now = timezone.now()
    if not batch.is_at_work:
        raise Refused(_("这一批没有正在进行的处理，无需取消。"), code="not_at_work")
    is_idle = not batch.claim or batch.claimed_at is None or batch.claimed_at < now - STUCK
    waiting = Batch.objects.filter(free(), pk=batch.pk, state=batch.state)
    if is_idle and _end(waiting, batch, by.pk if by else None, now):
        return True
    ask_to_stop(batch, by=by, at=now)
    return False


def stopped(batch: Batch, token: str, cancelled: Cancelled) -> None:
    """The process that held the claim gave up and rolled everything back."""
    _end(Batch.objects.filter(pk=batch.pk, claim=token), batch, cancelled.by_id, cancelled.at)


@transaction.atomic
def _end(rows: Any, batch: Batch, by_id: int | None, at: datetime) -> bool:
    was = batch.state
    cancelled = {"claim": "", "error": "", "cancel_asked_at": at, "cancelled_by_id": by_id}
    if was == State.UNDOING:  # what was brought in stays
        cancelled |= {"state": batch.state_before_undo, "error": _("撤销已取消，没有撤销任何数据。")}
    else:
        cancelled |= {"state": State.CANCELLED, "committed_by": None}
    done = rows.update(**cancelled)
    if done:
        Reporter(batch).clear()
        batch.refresh_from_db()
        record(action="imports.cancel", target=batch, by=batch.cancelled_by, during=was, file=batch.original_name)
    return bool(done)
