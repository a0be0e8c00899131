"""A list is written: a thousand rows at a time, so that neither memory nor a lock grows with it."""

from __future__ import annotations

import logging
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files import File
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused
from foundation.audit.actions import record
from foundation.clocks.localtime import today
from foundation.exports.kinds import ExportKind
from foundation.exports.models import Export
from foundation.notices.actions import notify
from foundation.ui.sheets import write_workbook

log = logging.getLogger(__name__)
CHUNK = 1000  # rows
STUCK = timedelta(minutes=10)  # without a sign of life: the process died
MOST = 1_048_575  # rows of a sheet, by the file format
State = Export.State


class Stopped(Exception):
    """The export was cancelled or taken over while it was being written."""


def run(*, export: Export) -> bool:
    """Write one export unless another process is at it; whether this call did it."""
    token = uuid.uuid4().hex
    free = Q(claim="") | Q(claimed_at__lt=timezone.now() - STUCK)
    if not _touch(Export.objects.under_way().filter(free, pk=export.pk), state=State.RUNNING, claim=token, done=0):
        return False
    export = Export.objects.select_related("by").get(pk=export.pk)
    try:
        _write(export, token)
    except Stopped:
        return False
    except Refused as refusal:
        _fail(export, token, refusal.message)
    except Exception:
        log.exception("export %s", export.pk)
        _fail(export, token, _("生成时出现内部错误，请稍后重新导出；仍不成功请联系系统管理员。"))
    return True


def _touch(rows: Any, **facts: Any) -> bool:
    return bool(rows.update(claimed_at=timezone.now(), **facts))


def _write(export: Export, token: str) -> None:
    kind = _allowed(export)
    mine = Export.objects.filter(pk=export.pk, claim=token, state=State.RUNNING)
    keys = list(kind.rows(export.by, export.asked).values_list("pk", flat=True)[: MOST + 1])
    if len(keys) > MOST:
        raise Refused(_("超过 %(n)s 行，一张表放不下，请按年份或部门分开导出。") % {"n": MOST})
    _go_on(mine, total=len(keys))
    with _draft() as path:
        headings = kind.headings(export.by, export.asked)
        write_workbook(path, str(kind.title), headings, _lines(kind, export, keys, mine), scratch=path.parent)
        with path.open("rb") as sheet:
            export.file.save("", File(sheet), save=False)
        size = path.stat().st_size
    try:
        _finish(export, mine, size)
    except BaseException:
        export.file.storage.delete(str(export.file.name))
        raise


def _allowed(export: Export) -> ExportKind:
    """The kind, if the person may still export it."""
    kind, person = export.definition, export.by
    if kind is None or not person.is_active or not person.may(kind.permission):
        raise Refused(_("您已没有导出这份台账的权限。"))
    return kind


def _lines(kind: ExportKind, export: Export, keys: Sequence[int], mine: Any) -> Iterator[Sequence[Any]]:
    for start in range(0, len(keys), CHUNK):
        yield from kind.lines(export.by, export.asked, keys[start : start + CHUNK])
        _go_on(mine, done=min(start + CHUNK, len(keys)))


def _go_on(mine: Any, **facts: Any) -> None:
    """Say how far it is; stops where somebody else ended it."""
    if not _touch(mine, **facts):
        raise Stopped


@contextmanager
def _draft() -> Iterator[Path]:
    """A file on the disk of the portal's own folder: /tmp may be memory."""
    folder = settings.VAR_DIR / "exports"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as made:
        yield Path(made) / "sheet.xlsx"


@transaction.atomic
def _finish(export: Export, mine: Any, size: int) -> None:
    kind = export.definition
    assert kind is not None
    now = timezone.now()
    name = f"{kind.title}-{today():%Y%m%d}.xlsx"
    if not mine.update(
        state=State.DONE, claim="", finished_at=now, file=export.file.name, name=name, size=size, error=""
    ):
        raise Stopped
    export.refresh_from_db()
    record(action="exports.finish", target=export, by=export.by, rows=export.total, size=size)
    words = _("共 %(n)s %(unit)s，文件保留 %(days)s 天。")
    _tell(
        export,
        _("“%(title)s”已生成，可以下载") % {"title": kind.title},
        words % {"n": export.total, "unit": kind.unit, "days": settings.EXPORT_KEEP_DAYS},
    )


@transaction.atomic
def _fail(export: Export, token: str, message: str) -> None:
    ended = Export.objects.filter(pk=export.pk, claim=token).update(
        state=State.FAILED, claim="", finished_at=timezone.now(), error=message[:300]
    )
    if ended:
        record(action="exports.fail", target=export, by=export.by, reason=message[:300])
        _tell(export, _("“%(title)s”没有生成") % {"title": export}, message)


def _tell(export: Export, subject: str, body: str) -> None:
    url = reverse("exports:detail", args=[export.pk])
    notify(to=[export.by], kind="export", subject=subject, body=body, key=f"export:{export.pk}", url=url)
