"""A batch is taken back where nothing later depends on it."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused
from foundation.audit.actions import record
from foundation.imports.actions.base import State, committing
from foundation.imports.commit import Undone, take_back
from foundation.imports.models import Batch
from foundation.imports.registry import resource_for


@transaction.atomic
def undo(*, batch: Batch, by: Any) -> Undone:
    """Take a committed batch back where nothing later depends on it; what had to stay is named in the result."""
    _refuse_while_another_commits(batch)
    batch = Batch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if batch.state == State.UNDONE:
        raise Refused(_("这一批已经撤销过了。"), code="already_undone")
    if not batch.is_committed:
        raise Refused(_("这一批没有导入，无需撤销。"), code="not_committed")
    result = take_back(batch, resource_for(batch.resource), by)
    batch.state = State.PARTLY_UNDONE if result.refused else State.UNDONE
    batch.undone_at = timezone.now()
    told = {"deleted": result.deleted, "restored": result.restored, "kept": len(result.refused)}
    told["marks_restored"] = result.marks
    for key in ("deleted", "restored", "marks_restored"):
        told[key] += batch.counts.get(key, 0)
    batch.counts = {**batch.counts, **told}
    batch.undo_refused = result.refused[:1_000]
    batch.save(update_fields=["state", "undone_at", "counts", "undo_refused"])
    record(action="imports.undo", target=batch, by=by, file=batch.original_name, sha256=batch.sha256, counts=told)
    return result


def _refuse_while_another_commits(batch: Batch) -> None:
    """Both would settle who stands in the latest roster: one waits for the other, and is told for whom."""
    other = committing(batch)
    if other is not None and other.pk != batch.pk:
        message = _("%(who)s正在导入“%(file)s”，请等它完成后再撤销这一批。")
        raise Refused(message % {"who": other.committed_by or _("系统"), "file": other.original_name}, code="busy")
