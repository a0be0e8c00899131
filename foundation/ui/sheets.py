"""Lists as Excel workbooks, in which no text ever becomes a formula or a link."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter

from foundation.ui.text import local

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST = 32_767  # characters in one cell, by the file format
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
WIDEST = 60  # characters


def workbook(title: str, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """An .xlsx of one sheet, for lists short enough to be held in memory."""
    out = io.BytesIO()
    write_workbook(out, title, headings, rows)
    return out.getvalue()


def write_workbook(
    out: Any, title: str, headings: Sequence[str], rows: Iterable[Sequence[Any]], scratch: Path | None = None
) -> None:
    """Write an .xlsx of one sheet: a frozen heading row, then the rows. Text stays text, whatever it begins with.

    One row is in memory at a time; the sheet grows in a file in `scratch` (else the system's temporary folder).
    """
    options: dict[str, Any] = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    if scratch is not None:
        options["tmpdir"] = str(scratch)
    with xlsxwriter.Workbook(out if isinstance(out, io.BytesIO) else str(out), options) as book:
        sheet = book.add_worksheet(sheet_name(title))
        bold = book.add_format({"bold": True, "bg_color": "#EAF1F9", "bottom": 1})
        literal = book.add_format({"quote_prefix": True})
        sheet.freeze_panes(1, 0)
        for column, heading in enumerate(headings):
            sheet.set_column(column, column, min(WIDEST, max(10, len(heading) * 2 + 2)))
            sheet.write_string(0, column, heading, bold)
        for number, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                _write(sheet, number, column, value, literal)


def _write(sheet: Any, row: int, column: int, value: Any, literal: Any) -> None:
    if value is None or value == "":
        return
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        sheet.write_number(row, column, value)
        return
    words = text(value)[:LONGEST]
    sheet.write_string(row, column, words, literal if words.startswith(RISKY) else None)


def text(value: Any) -> str:
    """Dates and times as people write them, yes and no as words."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return local(value).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def sheet_name(title: str) -> str:
    """A name Excel accepts: at most 31 characters, none of []:*?/\\."""
    return "".join(char for char in title if char not in "[]:*?/\\'")[:31] or "Sheet1"
