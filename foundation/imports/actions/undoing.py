"""A batch is taken back where nothing later depends on it: in the background, as a whole or not at all."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused
from foundation.audit.actions import record
from foundation.imports.actions.base import State, busy, enqueue, free, writing
from foundation.imports.actions.cancelling import stopped
from foundation.imports.collector import held_back
from foundation.imports.commit import Undone, take_back
from foundation.imports.models import Batch
from foundation.imports.progress import Cancelled, Reporter
from foundation.imports.registry import resource_for
from foundation.imports.telling import asked_at, tell_not_undone, tell_undone

KEPT_NAMED = 1_000  # of what had to stay, so many are kept with the reason


def request_undo(*, batch: Batch, by: Any) -> None:
    """Have a committed batch taken back in the background, where nothing later depends on it."""
    _begin_undo(batch, by)
    transaction.on_commit(lambda: enqueue("undo", batch.pk), robust=True)


def undo(*, batch: Batch, by: Any) -> Undone:
    """Take it back now; what had to stay is named in the result."""
    _begin_undo(batch, by)
    done = run_undo(batch=batch)
    if done is None:
        raise busy(batch)
    return done


def _begin_undo(batch: Batch, by: Any) -> None:
    """Move a committed batch to undoing, once, and one batch of a roster at a time."""
    batch.refresh_from_db()
    _refuse_what_cannot_be_undone(batch)
    if writing(batch) is not None:  # asked before it is written: on SQLite the write would wait for the other's end
        raise busy(batch)
    Reporter(batch).clear()
    ready = Batch.objects.filter(pk=batch.pk, state__in=[State.COMMITTED, State.PARTLY_UNDONE])
    try:
        with transaction.atomic():
            moved = ready.update(
                state=State.UNDOING,
                undone_by=by,
                claim="",
                claimed_at=timezone.now(),
                error="",
                cancel_asked_at=None,
                cancelled_by=None,
            )
    except IntegrityError as error:
        raise busy(batch) from error
    if not moved:
        batch.refresh_from_db()
        _refuse_what_cannot_be_undone(batch)
        raise busy(batch)


def _refuse_what_cannot_be_undone(batch: Batch) -> None:
    if batch.state == State.UNDONE:
        raise Refused(_("这一批已经撤销过了。"), code="already_undone")
    if batch.state == State.UNDOING:
        raise busy(batch)
    if not batch.is_committed:
        raise Refused(_("这一批没有导入，无需撤销。"), code="not_committed")


def run_undo(*, batch: Batch) -> Undone | None:
    """Do the work of a batch in `undoing`; None where another process is at it."""
    token, asked = uuid.uuid4().hex, asked_at(batch)
    claimed = Batch.objects.filter(free(), pk=batch.pk, state=State.UNDOING).update(
        claim=token, claimed_at=timezone.now()
    )
    if not claimed:
        return None
    batch = Batch.objects.select_related("undone_by").get(pk=batch.pk)
    reporter = Reporter(batch, sum(batch.counts.get(key, 0) for key in ("create", "update")))
    try:
        with held_back(), transaction.atomic():
            Batch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
            done = take_back(batch, resource_for(batch.resource), batch.undone_by, reporter)
            _end_undo(batch, token, done)
            tell_undone(batch, asked, done)
    except Cancelled as cancelled:
        stopped(batch, token, cancelled)
        raise
    except Refused as refusal:
        _stay(batch, token, asked, refusal.message)
        raise
    except Exception:
        _stay(batch, token, asked, _("撤销时出现内部错误，没有撤销任何数据。请再试一次；若仍不行请联系管理员。"))
        raise
    finally:
        reporter.clear()
    return done


@transaction.atomic
def _stay(batch: Batch, token: str, asked: datetime, message: str) -> None:
    """Nothing was taken back: the batch is as it was, and says why."""
    held = Batch.objects.filter(pk=batch.pk, claim=token)
    if held.update(state=batch.state_before_undo, claim="", error=message):
        tell_not_undone(batch, asked, message)


def _end_undo(batch: Batch, token: str, done: Undone) -> None:
    """In the same transaction as the rows: only the process that still holds the claim may finish."""
    told = {"deleted": done.deleted, "restored": done.restored, "kept": len(done.refused)}
    told["marks_restored"] = done.marks
    for key in ("deleted", "restored", "marks_restored"):
        told[key] += batch.counts.get(key, 0)
    ended = Batch.objects.filter(pk=batch.pk, claim=token, state=State.UNDOING).update(
        state=State.PARTLY_UNDONE if done.refused else State.UNDONE,
        claim="",
        undone_at=timezone.now(),
        counts={**batch.counts, **told},
        undo_refused=done.refused[:KEPT_NAMED],
    )
    if not ended:
        raise Refused(_("另一个进程接手了这一批。"), code="taken_over")
    record(
        action="imports.undo",
        target=batch,
        by=batch.undone_by,
        file=batch.original_name,
        sha256=batch.sha256,
        counts=told,
    )
