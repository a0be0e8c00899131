"""What the preview said is written: all of it, once, or nothing."""

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
from foundation.imports.commit import write
from foundation.imports.models import Batch
from foundation.imports.progress import Cancelled, Reporter
from foundation.imports.registry import resource_for
from foundation.imports.standing import wait_for_undo
from foundation.imports.telling import asked_at, tell_committed, tell_not_committed


def request_commit(*, batch: Batch, by: Any, skip_errors: bool = False) -> None:
    """Have the batch written in the background: as a whole, or with `skip_errors` without the refused rows."""
    _begin_commit(batch, by, skip_errors)
    transaction.on_commit(lambda: enqueue("commit", batch.pk), robust=True)


def commit(*, batch: Batch, by: Any, skip_errors: bool = False) -> Batch:
    """Write the batch now, all or nothing."""
    _begin_commit(batch, by, skip_errors)
    batch.refresh_from_db()
    run_commit(batch=batch)
    batch.refresh_from_db()
    return batch


def _begin_commit(batch: Batch, by: Any, skip_errors: bool) -> None:
    """Move a previewed batch to committing, once, and one batch of a roster at a time."""
    batch.refresh_from_db()
    _refuse_what_cannot_be_committed(batch, skip_errors)
    if writing(batch) is not None:  # asked before it is written: on SQLite the write would wait for the other's end
        raise busy(batch)
    Reporter(batch).clear()
    try:
        with transaction.atomic():
            moved = Batch.objects.filter(pk=batch.pk, state=State.PREVIEWED, pending=0).update(
                state=State.COMMITTING,
                committed_by=by,
                skip_errors=skip_errors,
                claim="",
                claimed_at=timezone.now(),
                error="",
            )
    except IntegrityError as error:
        raise busy(batch) from error
    if not moved:
        batch.refresh_from_db()
        _refuse_what_cannot_be_committed(batch, skip_errors)
        raise busy(batch)


def _refuse_what_cannot_be_committed(batch: Batch, skip_errors: bool) -> None:
    if batch.state == State.COMMITTING:
        raise busy(batch)
    if batch.state in (State.COMMITTED, State.UNDOING, State.PARTLY_UNDONE, State.UNDONE):
        raise Refused(_("这一批已经导入过了，没有重复导入。"), code="already_committed")
    if batch.state != State.PREVIEWED:
        raise Refused(_("这一批还没有预览成功，不能导入。"), code="not_previewed")
    if batch.pending:
        message = _("有 %(n)s 处更正还没有重新核对，预览不含这些更正。请先点“重新核对”。")
        raise Refused(message % {"n": batch.pending}, code="pending")
    if (refused := batch.counts.get("refused", 0)) and not skip_errors:
        message = _("有 %(n)s 行被拒绝，整批没有导入。请改正后重新上传，或选择只导入无误的行。")
        raise Refused(message % {"n": refused}, code="has_errors")


def run_commit(*, batch: Batch) -> bool:
    """Do the work of a batch in `committing` unless another process is at it; whether this call did it."""
    token, asked = uuid.uuid4().hex, asked_at(batch)
    claimed = Batch.objects.filter(free(), pk=batch.pk, state=State.COMMITTING).update(
        claim=token, claimed_at=timezone.now()
    )
    if not claimed:
        return False
    batch = Batch.objects.select_related("committed_by").get(pk=batch.pk)
    reporter = Reporter(batch, sum(batch.counts.get(key, 0) for key in ("create", "update")))
    try:
        with held_back(), transaction.atomic():
            wait_for_undo(batch)
            counts = write(batch, resource_for(batch.resource), reporter)
            _end_commit(batch, token, counts)
            tell_committed(batch, asked, batch.counts)
    except Cancelled as cancelled:
        stopped(batch, token, cancelled)
        raise
    except IntegrityError as error:
        _take_back(batch, token, asked, State.PREVIEWED, _(_STALE))
        raise Refused(_(_STALE), code="stale_preview") from error
    except Refused as refusal:
        _take_back(batch, token, asked, State.PREVIEWED, refusal.message)
        raise
    except Exception:
        _take_back(batch, token, asked, State.FAILED, _("导入时出现内部错误，没有写入任何数据。请重新读取后再试。"))
        raise
    finally:
        reporter.clear()
    return True


_STALE = "预览之后名册有了变动，整批没有导入。请重新读取、核对后再导入。"


@transaction.atomic
def _take_back(batch: Batch, token: str, asked: datetime, state: str, message: str) -> None:
    """Nothing was written: the batch goes back, and says why."""
    held = Batch.objects.filter(pk=batch.pk, claim=token)
    if held.update(state=state, claim="", error=message, committed_by=None):
        tell_not_committed(batch, asked, message)


def _end_commit(batch: Batch, token: str, counts: dict[str, int]) -> None:
    """In the same transaction as the rows: only the process that still holds the claim may finish."""
    done = Batch.objects.filter(pk=batch.pk, claim=token, state=State.COMMITTING).update(
        state=State.COMMITTED, claim="", committed_at=timezone.now(), counts={**batch.counts, **counts}
    )
    if not done:
        raise Refused(_("另一个进程接手了这一批。"), code="taken_over")
    record(
        action="imports.commit",
        target=batch,
        by=batch.committed_by,
        resource=batch.resource,
        file=batch.original_name,
        sha256=batch.sha256,
        skip_errors=batch.skip_errors,
        policy=batch.policy,
        is_full=batch.is_full,
        counts={**batch.counts, **counts},
    )
