"""Which column is which field: said by hand, kept under a name, given up again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused
from foundation.audit.actions import record
from foundation.imports.actions.previewing import request_preview
from foundation.imports.mapping import IGNORE, KEEP, Wish, refuse_contradiction
from foundation.imports.models import Batch, SavedMapping
from foundation.imports.registry import resource_for
from foundation.imports.resources import RosterResource
from foundation.imports.values import cleaned


@transaction.atomic
def remap(*, batch: Batch, columns: Mapping[int, str], by: Any, row: int | None = None, save_as: str = "") -> None:
    """Read the file again with these fields for its columns; `save_as` keeps them for files of the same shape.

    `row` is the row of headings: 0 where there is none, None where it is to be found.
    """
    batch = Batch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    resource = resource_for(batch.resource)
    _refuse_unknown(batch, resource, columns, row)
    refuse_contradiction(columns, resource, {one["column"]: one["heading"] for one in batch.mapping})
    if save_as:
        _save(batch, columns, row, save_as, by)
    request_preview(batch=batch, by=by, sheet=batch.sheet)
    wish = Wish(row, dict(columns))
    Batch.objects.filter(pk=batch.pk).update(choices=wish.to_json(), saved=None)
    record(action="imports.remap", target=batch, by=by, **wish.to_json())


def _refuse_unknown(batch: Batch, resource: RosterResource, columns: Mapping[int, str], row: int | None) -> None:
    known = {one["column"] for one in batch.mapping}
    allowed = {IGNORE, *resource.fields, *([KEEP] if resource.extra else [])}
    if not known.issuperset(columns) or not allowed.issuperset(columns.values()):
        raise Refused(_("文件的列已经变了，请刷新页面后重新选择。"), code="unknown_column")
    if row and row not in [number for number, _text in batch.top]:
        raise Refused(_("第 %(n)s 行不在可选的标题行里。") % {"n": row}, code="unknown_row")


def _save(batch: Batch, columns: Mapping[int, str], row: int | None, name: str, by: Any) -> None:
    name = cleaned(name)[:40]
    if not batch.shape or row != batch.choices.get("row"):
        raise Refused(_("先应用新的标题行，读出各列以后再保存方案。"), code="shape_unknown")
    saved, _created = SavedMapping.objects.update_or_create(
        resource=batch.resource,
        name=name,
        defaults={"shape": batch.shape, "columns": {str(at): field for at, field in columns.items()}, "by": by},
    )
    record(action="imports.save_mapping", target=saved, by=by, batch=batch.pk, columns=saved.columns)


@transaction.atomic
def use_saved(*, batch: Batch, saved: SavedMapping | None, by: Any) -> None:
    """Read the file again with a saved mapping, or with None without any: as if nobody had said anything."""
    if saved is not None and (saved.resource, saved.shape) != (batch.resource, batch.shape):
        raise Refused(_("方案“%(name)s”的列与这个文件不同。") % {"name": saved.name}, code="other_shape")
    request_preview(batch=batch, by=by, sheet=batch.sheet)
    Batch.objects.filter(pk=batch.pk).update(choices={"saved": saved.pk if saved else 0}, saved=None)
    record(action="imports.use_mapping", target=batch, by=by, mapping=saved.name if saved else "")


@transaction.atomic
def delete_mapping(*, saved: SavedMapping, by: Any) -> None:
    """A saved mapping is proposed no more; batches read by it stay as they are."""
    record(action="imports.delete_mapping", target=saved, by=by, resource=saved.resource, columns=saved.columns)
    saved.delete()
