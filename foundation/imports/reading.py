"""A batch's file as its clerk wants it read: which sheet, which columns, which cells corrected, what was decided."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import IO, NamedTuple

from django.conf import settings

from foundation.imports import mapping, reader
from foundation.imports.deciding import Decisions
from foundation.imports.engine import Edits
from foundation.imports.mapping import How, Layout, Wish
from foundation.imports.models import Batch, SavedMapping
from foundation.imports.resources import RosterResource


class Reading(NamedTuple):
    """A sheet and how it is to be understood; without a layout nobody knows what its columns are."""

    table: reader.Table
    layout: Layout | None
    saved: SavedMapping | None
    edits: Edits
    decisions: Decisions


def read(batch: Batch, resource: RosterResource, stop: Callable[[], bool] = reader.never) -> Reading:
    """Read the sheet asked for, or the first that has the headings; reader.Stopped as soon as `stop` says so."""
    with batch.file.open("rb") as file:
        table = reader.read(file, sheet=batch.sheet, limit=settings.IMPORT_MAX_BYTES, stop=stop)
        if not batch.sheet and mapping.find(table.rows, resource) is None:
            table = _other_sheet(file, table, resource, stop) or table
    wish = Wish.from_json(batch.choices) if "columns" in batch.choices else None
    shelf = Shelf(batch)
    layout = mapping.lay_out(table.rows, resource, wish, shelf.find)
    return Reading(table, layout, shelf.applied, edits_of(batch), Decisions.from_json(batch.decisions))


def cells_of(batch: Batch, number: int) -> list[object] | None:
    """One row of the file as it came."""
    with batch.file.open("rb") as file:
        table = reader.read(file, sheet=batch.sheet, limit=settings.IMPORT_MAX_BYTES)
    return next((list(cells) for row, cells in table.rows if row == number), None)


def edits_of(batch: Batch) -> Edits:
    """{row number: {column: text}} of the cells that were corrected."""
    found: dict[int, dict[int, str]] = defaultdict(dict)
    for row, column, value in batch.edits.values_list("row", "column", "value"):
        found[row][column] = value
    return found


class Shelf:
    """The saved mappings of a batch's roster, and which of them was applied."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.applied: SavedMapping | None = None

    def find(self, shapes: Sequence[str]) -> tuple[str, Wish] | None:
        """The mapping that was asked for, or the latest for one of the shapes, unless none is wanted."""
        asked = self.batch.choices.get("saved")
        if asked == 0:
            return None
        fitting = SavedMapping.objects.filter(resource=self.batch.resource, shape__in=shapes)
        self.applied = (fitting.filter(pk=asked) if asked else fitting).first()
        if self.applied is None:
            return None
        return self.applied.shape, Wish.from_json({"columns": self.applied.columns}, How.SAVED)


def _other_sheet(
    file: IO[bytes], first: reader.Table, resource: RosterResource, stop: Callable[[], bool]
) -> reader.Table | None:
    for name, rows in reader.heads(file, stop=stop).items():
        if name != first.sheet and mapping.find(rows, resource) is not None:
            return reader.read(file, sheet=name, stop=stop)
    return None
