"""Workbooks, .xlsx and .xls: their sheets, and the rows of one."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any

import python_calamine as calamine

from foundation.imports.child.limits import Refused
from foundation.imports.child.ole import recoded

MERGES = 100_000


class Workbook:
    """A workbook; its errors become refusals. `encoding` is what the text of an Excel 5.0/95 file needs."""

    def __init__(self, data: bytes, encoding: str = "") -> None:
        self.encoding = encoding
        try:
            self.book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        except calamine.PasswordError as error:
            raise Refused("encrypted") from error
        except calamine.CalamineError as error:
            raise Refused("encrypted" if "password" in str(error).lower() else "damaged") from error
        except (ValueError, OSError, OverflowError) as error:
            raise Refused("damaged") from error

    def sheets(self) -> list[tuple[str, bool]]:
        """Return (name, visible) of the sheets that hold cells."""
        cells, shown = calamine.SheetTypeEnum.WorkSheet, calamine.SheetVisibleEnum.Visible
        return [
            (self._text(each.name), each.visible == shown) for each in self.book.sheets_metadata if each.typ == cells
        ]

    def _text(self, text: str) -> str:
        return recoded(text, self.encoding) if self.encoding else text

    def rows(self, name: str) -> Iterator[tuple[int, list[Any]]]:
        """Yield (row number, cells from column A on) of one sheet, vertical merges filled down."""
        own = next(each.name for each in self.book.sheets_metadata if self._text(each.name) == name)
        try:
            sheet = self.book.get_sheet_by_name(own)
            if sheet.start is None or sheet.end is None:
                return
            first, margin = sheet.start[0], [""] * sheet.start[1]
            merged = _downward(sheet.merged_cell_ranges or (), sheet.start[1], sheet.end[1])
            for at, cells in enumerate(sheet.iter_rows()):
                if at < first:
                    continue
                if merged:
                    _fill_down(at, cells, merged)
                if self.encoding:
                    cells = [self._text(cell) if isinstance(cell, str) else cell for cell in cells]
                yield at + 1, margin + cells if margin else cells
        except calamine.CalamineError as error:
            raise Refused("damaged") from error


Span = list[Any]  # last row, first row, value of the top cell


def _downward(ranges: Sequence[Any], left: int, right: int) -> dict[int, list[Span]]:
    """Return {place in the row: spans} of the merges over several rows whose first column is one of the table's."""
    merged: dict[int, list[Span]] = {}
    for (top, column), (bottom, _right) in ranges[:MERGES]:
        if bottom > top and left <= column <= right:
            merged.setdefault(column - left, []).append([bottom, top, ""])
    for spans in merged.values():
        spans.sort(reverse=True)
    return merged


def _fill_down(row: int, cells: list[Any], merged: dict[int, list[Span]]) -> None:
    """Give each cell under a merge's top cell that cell's value; rows count from 0."""
    for column, spans in merged.items():
        while spans and spans[-1][0] < row:
            spans.pop()
        if not spans or spans[-1][1] > row or column >= len(cells):
            continue
        if spans[-1][1] == row:
            spans[-1][2] = cells[column]
        elif cells[column] == "":
            cells[column] = spans[-1][2]
