"""Workbooks in the formats of Excel 5.0/95 and OLE containers, built byte by byte: no library writes them any more."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from typing import Any

from xlwt.CompoundDoc import XlsDoc

from tests.imports.files import named

GLOBALS, SHEET = 0x05, 0x10
FILEPASS = 0x2F


def ole(name: str, content: bytes) -> bytes:
    """An OLE container with one stream of that name."""
    out = io.BytesIO()
    XlsDoc().save(out, content)
    container = out.getvalue()
    written, wanted = ("Workbook\0".encode("utf-16-le"), f"{name}\0".encode("utf-16-le"))
    at = container.index(written)
    return container[:at] + wanted.ljust(64, b"\0") + struct.pack("<H", len(wanted)) + container[at + 66 :]


def record(kind: int, content: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def _opening(kind: int) -> bytes:
    return record(0x809, struct.pack("<HHHH", 0x500, kind, 0x0DBB, 0x07CC))


def biff5(
    rows: Sequence[Sequence[Any]],
    *,
    page: int | None = 936,
    encoding: str = "gb18030",
    sheet: str = "名册",
    rich: bool = False,
    opening: bytes = b"",
) -> io.BytesIO:
    """A workbook as Excel 95 wrote it; a date is (serial, True); `rich` writes text with fonts of its own."""
    out = io.BytesIO(ole("Book", _book(rows, page, encoding, sheet.encode(encoding), rich, opening)))
    out.name = "roster.xls"
    return out


def _book(
    rows: Sequence[Sequence[Any]], page: int | None, encoding: str, sheet: bytes, rich: bool, more: bytes
) -> bytes:
    def head(place: int) -> bytes:
        date = b"yyyy-mm-dd"
        return b"".join(
            [
                _opening(GLOBALS),
                more,
                b"" if page is None else record(0x42, struct.pack("<H", page)),
                record(0x41E, struct.pack("<HB", 164, len(date)) + date),
                *(record(0xE0, struct.pack("<HH", 0, form) + bytes(12)) for form in (0, 164)),
                record(0x85, struct.pack("<IBBB", place, 0, 0, len(sheet)) + sheet),
                record(0x0A),
            ]
        )

    width = max(map(len, rows))
    dimensions = record(0x200, struct.pack("<HHHHH", 0, len(rows), 0, width, 0))
    cells = [
        _cell(row, column, value, encoding, rich)
        for row, values in enumerate(rows)
        for column, value in enumerate(values)
    ]
    return head(len(head(0))) + b"".join([_opening(SHEET), dimensions, *cells, record(0x0A)])


def _cell(row: int, column: int, value: Any, encoding: str, rich: bool) -> bytes:
    if isinstance(value, str):
        text = value.encode(encoding)
        content = struct.pack("<HHHH", row, column, 0, len(text)) + text
        return record(0xD6, content + b"\x01\x00\x00") if rich else record(0x204, content)
    number, form = value if isinstance(value, tuple) else (value, False)
    return record(0x203, struct.pack("<HHHd", row, column, int(form), number))


def encrypted_xlsx() -> io.BytesIO:
    """What Excel writes for an .xlsx with a password: an OLE container around the encrypted package."""
    return named(ole("EncryptedPackage", bytes(range(256)) * 40), "roster.xlsx")
