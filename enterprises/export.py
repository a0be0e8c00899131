"""The list of enterprises as a workbook, in the columns that an import understands again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import FilteredRelation, Q, QuerySet

from enterprises.models import Enterprise
from enterprises.resources import EnterpriseResource
from foundation.accounts.permissions import Permission
from foundation.ui.sheets import workbook as write
from foundation.ui.text import mask_phone


def workbook(rows: QuerySet[Enterprise], *, user: Any) -> tuple[bytes, int]:
    """The file, and how many enterprises it holds; phones are masked without Permission.PHONE_FULL."""
    resource = EnterpriseResource()
    lines = list(_lines(resource, rows, masked=not user.may(Permission.PHONE_FULL)))
    headings = [field.heading for field in resource.fields.values()]
    return write(str(resource.title), headings, lines), len(lines)


def _lines(resource: EnterpriseResource, rows: QuerySet[Enterprise], *, masked: bool) -> Iterator[list[str]]:
    fields = list(resource.fields.values())
    sources = [source for field in fields for source in field.sources]
    primary = FilteredRelation("contacts", condition=Q(contacts__is_primary=True))
    for values in rows.annotate(primary_contact=primary).values_list(*sources).iterator(chunk_size=2000):
        line, at = [], 0
        for field in fields:
            width = len(field.sources)
            held = values[at] if width == 1 else values[at : at + width]
            shown = field.widget.shown(field.widget.stored(held))
            line.append(mask_phone(shown) if masked and field.sensitive else shown)
            at += width
        yield line
