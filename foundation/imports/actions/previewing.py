"""What a file would do is worked out and kept, line by line."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused
from foundation.imports import engine, mapping, reader, reading
from foundation.imports.actions.base import STUCK, State, enqueue
from foundation.imports.actions.cancelling import stopped
from foundation.imports.collector import held_back
from foundation.imports.deciding import Decisions
from foundation.imports.engine import Assessment
from foundation.imports.lines import Outcome, pack
from foundation.imports.models import Batch, Chunk
from foundation.imports.progress import Cancelled, Reporter
from foundation.imports.reading import Reading
from foundation.imports.registry import resource_for
from foundation.imports.telling import asked_at, tell_previewed, tell_unreadable

_PREVIEWABLE = (State.UPLOADED, State.PREVIEWED, State.FAILED, State.CANCELLED)


def request_preview(*, batch: Batch, by: Any, sheet: str = "") -> None:
    """Read the file again in the background: the same sheet, or after a failure the best, or the one that is named."""
    if sheet and sheet not in [name for name, _visible in batch.sheets]:
        raise Refused(_("没有名为“%(sheet)s”的工作表。") % {"sheet": sheet}, code="sheet_missing")
    kept = "" if batch.state == State.FAILED else batch.sheet
    with transaction.atomic():
        moved = Batch.objects.filter(pk=batch.pk, state__in=_PREVIEWABLE).update(
            state=State.UPLOADED,
            sheet=sheet or kept,
            error="",
            claim="",
            claimed_at=timezone.now(),
            cancel_asked_at=None,
            cancelled_by=None,
        )
        if not moved:
            raise Refused(_("这一批正在处理或已经导入，不能重新读取。"), code="not_previewable")
        if sheet and sheet != batch.sheet:
            _forget_what_was_said(batch)
        Reporter(batch).clear()
        transaction.on_commit(lambda: enqueue("preview", batch.pk), robust=True)


def _forget_what_was_said(batch: Batch) -> None:
    """Columns, corrections and decisions were about the rows of another sheet."""
    batch.edits.all().delete()
    Batch.objects.filter(pk=batch.pk).update(choices={}, decisions={}, saved=None, pending=0)


def preview(*, batch: Batch, confirms_all: bool = False) -> Batch:
    """Read the file and say what it would do; a file that cannot be read marks the batch failed and is Refused.

    With `confirms_all` doubtful rows count as confirmed.
    """
    token, asked = uuid.uuid4().hex, asked_at(batch)
    stuck = Q(state=State.PREVIEWING, claimed_at__lt=timezone.now() - STUCK)
    claimed = Batch.objects.filter(Q(state__in=_PREVIEWABLE) | stuck, pk=batch.pk).update(
        state=State.PREVIEWING, claim=token, claimed_at=timezone.now(), error=""
    )
    if not claimed:
        raise Refused(_("这一批正在处理或已经导入，不能重新读取。"), code="not_previewable")
    if confirms_all:
        Batch.objects.filter(pk=batch.pk).update(decisions=Decisions(confirms_all=True).to_json())
    batch.refresh_from_db()
    try:
        with held_back():
            _keep(batch, token, asked, *_assess(batch))
    except Cancelled as cancelled:
        stopped(batch, token, cancelled)
        raise
    except Refused as refusal:
        _fail(batch, token, asked, refusal.message)
        raise
    except Exception:
        _fail(batch, token, asked, _("读取时出现内部错误，没有写入任何数据。请重试；若仍不行请联系管理员。"))
        raise
    batch.refresh_from_db()
    return batch


@transaction.atomic
def _fail(batch: Batch, token: str, asked: datetime, message: str) -> None:
    if Batch.objects.filter(pk=batch.pk, claim=token).update(state=State.FAILED, error=message, claim=""):
        Reporter(batch).clear()
        tell_unreadable(batch, asked, message)


def _assess(batch: Batch) -> tuple[Reading, Assessment]:
    """Read the file as the clerk wants it read; where nobody knows its columns, they are kept to be named."""
    resource = resource_for(batch.resource)
    resource.by = batch.by
    reporter = Reporter(batch)
    try:
        found = reading.read(batch, resource, reporter.is_asked_to_stop)
    except reader.Stopped:
        reporter.stop_if_asked()
        raise
    rows = found.table.rows
    Batch.objects.filter(pk=batch.pk).update(sheets=found.table.sheets, top=mapping.top(rows))
    if found.layout is None:
        row, columns = mapping.bare(rows, resource)
        Batch.objects.filter(pk=batch.pk).update(
            mapping=[asdict(column) for column in columns],
            headings=[],
            shape="",
            choices={"row": row, **batch.choices},
            sheet=found.table.sheet,
        )
        raise engine.without_headings(resource)
    reporter.total = len(rows)
    reporter(0)
    return found, engine.assess(
        found.table,
        resource,
        reporter,
        policy=batch.policy,
        is_full=batch.is_full,
        layout=found.layout,
        edits=found.edits,
        decisions=found.decisions,
    )


@transaction.atomic
def _keep(batch: Batch, token: str, asked: datetime, found: Reading, assessment: Assessment) -> None:
    """Write the assessed lines and the counts in place of any earlier ones."""
    batch.chunks.all().delete()
    Chunk.objects.bulk_create(_chunks(batch, assessment), batch_size=50)
    kept = Batch.objects.filter(pk=batch.pk, claim=token).update(
        state=State.PREVIEWED,
        claim="",
        previewed_at=timezone.now(),
        sheet=found.table.sheet,
        counts=assessment.counts,
        reasons=assessment.reasons,
        mapping=assessment.layout.to_json(),
        headings=assessment.layout.header.row_of_headings(),
        shape=assessment.layout.shape,
        saved=found.saved,
        pending=0,
        scope=assessment.scope,
    )
    if not kept:
        raise Refused(_("另一个进程接手了这一批。"), code="taken_over")
    Reporter(batch).clear()
    tell_previewed(batch, asked, assessment.counts)


def _chunks(batch: Batch, assessment: Assessment) -> Iterable[Chunk]:
    for outcome in Outcome:
        lines = [line for line in assessment.lines if line.outcome == outcome]
        for number, start in enumerate(range(0, len(lines), Chunk.SIZE)):
            part = lines[start : start + Chunk.SIZE]
            doubtful = sum(line.doubtful for line in part if line.notes)
            yield Chunk(batch=batch, outcome=outcome, number=number, packed=pack(part), doubtful=doubtful)
