"""What the person does: asks for a list, stops it, takes the file."""

from __future__ import annotations

from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused
from foundation.accounts.models import User
from foundation.audit.actions import record
from foundation.exports.kinds import ExportKind
from foundation.exports.models import Export

AT_ONCE = 3  # exports of one person under way
LONGEST = 4000  # characters of a query
State = Export.State


@transaction.atomic
def request_export(*, kind: ExportKind, query: str, by: User) -> Export:
    """Have a list written in the background; the same one asked for again is the one under way."""
    User.objects.select_for_update().get(pk=by.pk)  # two clicks wait for each other
    query = _storable(query)
    mine = Export.objects.visible_to(by).under_way()
    if same := mine.filter(kind=kind.key, query=query).first():
        return same
    if mine.count() >= AT_ONCE:
        raise Refused(
            _("您有 %(n)s 个导出正在生成，请等其中一个完成，或先取消一个。") % {"n": AT_ONCE}, code="too_many_exports"
        )
    export = Export.objects.create(kind=kind.key, query=query, by=by)
    record(action="exports.request", target=export, by=by, kind=kind.key, query=query)
    transaction.on_commit(lambda: _enqueue(export.pk), robust=True)
    return export


def _storable(query: str) -> str:
    if len(query) > LONGEST:
        raise Refused(_("筛选条件太长，请减少几个条件再导出。"), code="query_too_long")
    given = QueryDict(query, mutable=True)
    for name in ("page", "saved"):
        given.pop(name, None)
    return given.urlencode()


def _enqueue(pk: int) -> None:
    """Tell the workers; a lost message is made up for by the sweep."""
    from foundation.exports import tasks

    tasks.run.delay(pk)


@transaction.atomic
def cancel(*, export: Export, by: User) -> Export:
    """Stop an export; the process at work on it gives up at its next thousand rows."""
    ended = (
        Export.objects.under_way()
        .filter(pk=export.pk)
        .update(state=State.CANCELLED, claim="", finished_at=timezone.now())
    )
    if not ended:
        raise Refused(_("这份导出已经结束，无需取消。"), code="not_under_way")
    export.refresh_from_db()
    record(action="exports.cancel", target=export, by=by)
    return export


def hand_out(*, export: Export, by: User) -> File[Any]:
    """The file, opened; that it was taken stands on the trail."""
    export.refresh_from_db()
    if not export.is_ready:
        raise Refused(_("这份导出的文件还没有生成，或已过期删除，请重新导出。"), code="no_file")
    try:
        file = export.file.open("rb")
    except OSError as error:
        raise Refused(_("文件暂时取不出来，请稍后再试；一直不行请重新导出。"), code="storage_unavailable") from error
    record(action="exports.download", target=export, by=by, rows=export.total)
    return file
