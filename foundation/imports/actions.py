"""Every write of an import: open, preview, commit, undo. A batch's state in the database says what is under way."""

from __future__ import annotations

import hashlib
import logging
import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import IO, Any

from django.conf import settings
from django.core.files import File
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused
from foundation.audit.actions import record
from foundation.imports import engine, reader
from foundation.imports.collector import held_back
from foundation.imports.commit import Undone, take_back, write
from foundation.imports.engine import Assessment
from foundation.imports.lines import Outcome, pack
from foundation.imports.models import Batch, Chunk
from foundation.imports.progress import Reporter
from foundation.imports.registry import resource_for
from foundation.imports.resources import RosterResource
from foundation.imports.values import cleaned

log = logging.getLogger(__name__)

STUCK = timedelta(minutes=10)  # a claim older than this belongs to a process that died
LOST = timedelta(minutes=1)  # work nobody has begun after this long: its message was lost
State = Batch.State


def open_batch(
    *, file: IO[bytes], resource: str, by: Any, name: str = "", sheet: str = "", queue: bool = True
) -> Batch:
    """Keep a file for import and, with `queue`, have it previewed; Unreadable where it is no table that we take."""
    resource_for(resource)
    reader.check(file, limit=settings.IMPORT_MAX_BYTES)
    file.seek(0)
    digest, size = _digest(file)
    file.seek(0)
    shown = cleaned((name or getattr(file, "name", "")).replace("\\", "/").rsplit("/", 1)[-1]) or _("未命名")
    with transaction.atomic():
        batch = Batch(resource=resource, original_name=shown[:200], sheet=sheet, size=size, sha256=digest, by=by)
        batch.file.save("upload", File(file), save=False)
        batch.save()
        record(action="imports.open", target=batch, by=by, resource=resource, sha256=digest, size=size)
        if queue:
            transaction.on_commit(lambda: _enqueue("preview", batch.pk), robust=True)
    return batch


def _digest(file: IO[bytes]) -> tuple[str, int]:
    """SHA-256 and size in bytes."""
    sha256, size = hashlib.sha256(), 0
    while block := file.read(1 << 20):
        sha256.update(block)
        size += len(block)
    return sha256.hexdigest(), size


def _enqueue(verb: str, pk: int) -> None:
    """Tell the workers; a lost message is made up for by `resume_stuck`."""
    from foundation.imports import tasks

    getattr(tasks, verb).delay(pk)


# -- Preview -----------------------------------------------------------------------------------------------------------

_PREVIEWABLE = (State.UPLOADED, State.PREVIEWED, State.FAILED)


def request_preview(*, batch: Batch, by: Any, sheet: str = "") -> None:
    """Read the file again in the background: the same sheet, or after a failure the best, or the one that is named."""
    if sheet and sheet not in [name for name, _visible in batch.sheets]:
        raise Refused(_("没有名为“%(sheet)s”的工作表。") % {"sheet": sheet}, code="sheet_missing")
    kept = "" if batch.state == State.FAILED else batch.sheet
    with transaction.atomic():
        moved = Batch.objects.filter(pk=batch.pk, state__in=_PREVIEWABLE).update(
            state=State.UPLOADED, sheet=sheet or kept, error="", claim="", claimed_at=timezone.now()
        )
        if not moved:
            raise Refused(_("这一批正在处理或已经导入，不能重新读取。"), code="not_previewable")
        transaction.on_commit(lambda: _enqueue("preview", batch.pk), robust=True)


def preview(*, batch: Batch) -> Batch:
    """Read the file and say what it would do; a file that cannot be read marks the batch failed and is Refused."""
    token = uuid.uuid4().hex
    stuck = Q(state=State.PREVIEWING, claimed_at__lt=timezone.now() - STUCK)
    claimed = Batch.objects.filter(Q(state__in=_PREVIEWABLE) | stuck, pk=batch.pk).update(
        state=State.PREVIEWING, claim=token, claimed_at=timezone.now(), error=""
    )
    if not claimed:
        raise Refused(_("这一批正在处理或已经导入，不能重新读取。"), code="not_previewable")
    batch.refresh_from_db()
    try:
        with held_back():
            _keep(batch, token, *_assess(batch))
    except Refused as refusal:
        _fail(batch, token, refusal.message)
        raise
    except Exception:
        _fail(batch, token, _("读取时出现内部错误，没有写入任何数据。请重试；若仍不行请联系管理员。"))
        raise
    batch.refresh_from_db()
    return batch


def _fail(batch: Batch, token: str, message: str) -> None:
    Batch.objects.filter(pk=batch.pk, claim=token).update(state=State.FAILED, error=message, claim="")
    Reporter(batch).clear()


def _assess(batch: Batch) -> tuple[reader.Table, Assessment]:
    """Read the sheet asked for, or the first that has the headings."""
    resource = resource_for(batch.resource)
    with batch.file.open("rb") as file:
        table = reader.read(file, sheet=batch.sheet, limit=settings.IMPORT_MAX_BYTES)
        if not batch.sheet and engine.locate(table, resource) is None:
            table = _other_sheet(file, table, resource) or table
    Batch.objects.filter(pk=batch.pk).update(sheets=table.sheets)
    reporter = Reporter(batch, len(table.rows))
    reporter(0)
    return table, engine.assess(table, resource, reporter)


def _other_sheet(file: IO[bytes], first: reader.Table, resource: RosterResource) -> reader.Table | None:
    for name, _visible in sorted(first.sheets, key=lambda sheet: not sheet[1])[:20]:
        if name != first.sheet:
            table = reader.read(file, sheet=name)
            if engine.locate(table, resource) is not None:
                return table
    return None


@transaction.atomic
def _keep(batch: Batch, token: str, table: reader.Table, assessment: Assessment) -> None:
    """Write the assessed lines and the counts in place of any earlier ones."""
    batch.chunks.all().delete()
    Chunk.objects.bulk_create(_chunks(batch, assessment), batch_size=50)
    kept = Batch.objects.filter(pk=batch.pk, claim=token).update(
        state=State.PREVIEWED,
        claim="",
        previewed_at=timezone.now(),
        sheet=table.sheet,
        counts=assessment.counts,
        mapping=assessment.mapping,
        headings=assessment.headings,
    )
    if not kept:
        raise Refused(_("另一个进程接手了这一批。"), code="taken_over")
    Reporter(batch).clear()


def _chunks(batch: Batch, assessment: Assessment) -> Iterable[Chunk]:
    for outcome in Outcome:
        lines = [line for line in assessment.lines if line.outcome == outcome]
        for number, start in enumerate(range(0, len(lines), Chunk.SIZE)):
            part = lines[start : start + Chunk.SIZE]
            doubtful = sum(line.doubtful for line in part if line.notes)
            yield Chunk(batch=batch, outcome=outcome, number=number, packed=pack(part), doubtful=doubtful)


# -- Commit ------------------------------------------------------------------------------------------------------------


def request_commit(*, batch: Batch, by: Any, skip_errors: bool = False) -> None:
    """Have the batch written in the background: as a whole, or with `skip_errors` without the refused rows."""
    _begin_commit(batch, by, skip_errors)
    transaction.on_commit(lambda: _enqueue("commit", batch.pk), robust=True)


def commit(*, batch: Batch, by: Any, skip_errors: bool = False) -> Batch:
    """Write the batch now, all or nothing."""
    _begin_commit(batch, by, skip_errors)
    run_commit(batch=batch)
    batch.refresh_from_db()
    return batch


def _begin_commit(batch: Batch, by: Any, skip_errors: bool) -> None:
    """Move a previewed batch to committing, once, and one batch of a roster at a time."""
    batch.refresh_from_db()
    _refuse_what_cannot_be_committed(batch, skip_errors)
    try:
        with transaction.atomic():
            moved = Batch.objects.filter(pk=batch.pk, state=State.PREVIEWED).update(
                state=State.COMMITTING,
                committed_by=by,
                skip_errors=skip_errors,
                claim="",
                claimed_at=timezone.now(),
                error="",
            )
    except IntegrityError as error:
        raise _busy(batch) from error
    if not moved:
        batch.refresh_from_db()
        _refuse_what_cannot_be_committed(batch, skip_errors)
        raise _busy(batch)


def _refuse_what_cannot_be_committed(batch: Batch, skip_errors: bool) -> None:
    if batch.state == State.COMMITTING:
        raise _busy(batch)
    if batch.state in (State.COMMITTED, State.PARTLY_UNDONE, State.UNDONE):
        raise Refused(_("这一批已经导入过了，没有重复导入。"), code="already_committed")
    if batch.state != State.PREVIEWED:
        raise Refused(_("这一批还没有预览成功，不能导入。"), code="not_previewed")
    if (refused := batch.counts.get("refused", 0)) and not skip_errors:
        message = _("有 %(n)s 行被拒绝，整批没有导入。请改正后重新上传，或选择只导入无误的行。")
        raise Refused(message % {"n": refused}, code="has_errors")


def _busy(batch: Batch) -> Refused:
    """The sentence for the second of two commits: who is at it, and which file."""
    other = Batch.objects.filter(resource=batch.resource, state=State.COMMITTING).select_related("committed_by").first()
    if other is None:
        return Refused(_("这一批刚被别人处理过，请刷新页面。"), code="busy")
    if other.pk == batch.pk:
        return Refused(_("这一批正在导入，请等它完成。"), code="busy")
    message = _("%(who)s正在导入“%(file)s”，同一名册一次只能导入一批。请等它完成后再试。")
    return Refused(message % {"who": other.committed_by or _("系统"), "file": other.original_name}, code="busy")


def run_commit(*, batch: Batch) -> bool:
    """Do the work of a batch in `committing` unless another process is at it; whether this call did it."""
    token = uuid.uuid4().hex
    free = Q(claim="") | Q(claimed_at__lt=timezone.now() - STUCK)
    claimed = Batch.objects.filter(free, pk=batch.pk, state=State.COMMITTING).update(
        claim=token, claimed_at=timezone.now()
    )
    if not claimed:
        return False
    batch = Batch.objects.select_related("committed_by").get(pk=batch.pk)
    reporter = Reporter(batch, sum(batch.counts.get(key, 0) for key in ("create", "update")))
    try:
        with held_back(), transaction.atomic():
            counts = write(batch, resource_for(batch.resource), reporter)
            _end_commit(batch, token, counts)
    except IntegrityError as error:
        _take_back(batch, token, State.PREVIEWED, _STALE)
        raise Refused(_(_STALE), code="stale_preview") from error
    except Refused as refusal:
        _take_back(batch, token, State.PREVIEWED, refusal.message)
        raise
    except Exception:
        _take_back(batch, token, State.FAILED, _("导入时出现内部错误，没有写入任何数据。请重新读取后再试。"))
        raise
    finally:
        reporter.clear()
    return True


_STALE = "预览之后名册有了变动，整批没有导入。请重新读取、核对后再导入。"


def _take_back(batch: Batch, token: str, state: str, message: str) -> None:
    """Nothing was written: the batch goes back, and says why."""
    Batch.objects.filter(pk=batch.pk, claim=token).update(state=state, claim="", error=message, committed_by=None)


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
        counts={**batch.counts, **counts},
    )


# -- Undo --------------------------------------------------------------------------------------------------------------


@transaction.atomic
def undo(*, batch: Batch, by: Any) -> Undone:
    """Take a committed batch back where nothing later depends on it; what had to stay is named in the result."""
    batch = Batch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if batch.state == State.UNDONE:
        raise Refused(_("这一批已经撤销过了。"), code="already_undone")
    if not batch.is_committed:
        raise Refused(_("这一批没有导入，无需撤销。"), code="not_committed")
    result = take_back(batch, resource_for(batch.resource), by)
    batch.state = State.PARTLY_UNDONE if result.refused else State.UNDONE
    batch.undone_at = timezone.now()
    told = {"deleted": result.deleted, "restored": result.restored, "kept": len(result.refused)}
    for key in ("deleted", "restored"):
        told[key] += batch.counts.get(key, 0)
    batch.counts = {**batch.counts, **told}
    batch.undo_refused = result.refused[:1_000]
    batch.save(update_fields=["state", "undone_at", "counts", "undo_refused"])
    record(action="imports.undo", target=batch, by=by, file=batch.original_name, sha256=batch.sha256, counts=told)
    return result


# -- What was left lying -----------------------------------------------------------------------------------------------


def resume_stuck() -> dict[str, int]:
    """Take up work whose message was lost or whose process died: the database says what is under way."""
    now = timezone.now()
    unclaimed = Q(claim="") & (Q(claimed_at__lt=now - LOST) | Q(claimed_at__isnull=True, created_at__lt=now - LOST))
    dead = ~Q(claim="") & Q(claimed_at__lt=now - STUCK)
    counts = {"previews": 0, "commits": 0}
    for batch in Batch.objects.filter(
        unclaimed | dead, state__in=[State.UPLOADED, State.PREVIEWING, State.COMMITTING]
    ).order_by("pk"):
        try:
            if batch.state == State.COMMITTING:
                counts["commits"] += run_commit(batch=batch)
            else:
                preview(batch=batch)
                counts["previews"] += 1
        except Refused as refusal:
            log.warning("batch %s: %s", batch.pk, refusal.message)
        except Exception:
            log.exception("batch %s", batch.pk)
    return counts
