"""The conversation with the parent: JSON lines on stdout.

To 'read' (or 'sparse', a second attempt where that died), one `{"sheets", "sheet"}`; then, for each block of rows,
`{"block": how many}` and a line `[[number, [cell, …]], …]`; and `{"end": true}`. Or `{"refused": code, …}`. No end line
means that this process died. To 'heads', for each sheet `{"head": name}` and its first rows.
"""

from __future__ import annotations

import contextlib
import datetime
import io
import json
import sys
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, TextIO

from foundation.imports.child.containers import check_zip, kind_of
from foundation.imports.child.delimited import decoded, delimited_rows
from foundation.imports.child.limits import CELLS, HEAD, SHEETS, TEXT, Refused, confine
from foundation.imports.child.ole import prepared
from foundation.imports.child.sheets import Workbook
from foundation.imports.child.sparse import Squeezed

Numbered = Iterable[tuple[int, list[Any]]]
BLOCK_ROWS, BLOCK_TEXT = 500, 1_000_000  # a block ends with the first that is reached


def main(mode: str, sheet: str = "") -> None:
    """Answer for the file on stdin, 'check', 'heads', 'read' or 'sparse'; the exit status is 0 either way."""
    confine()
    out = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", errors="surrogatepass", newline="\n")
    try:
        _handle(sys.stdin.buffer.read(), mode, sheet, out)
    except Refused as refusal:
        _write(out, {"refused": refusal.code, **refusal.detail})
    except MemoryError:
        _write(out, {"refused": "too_large_inside"})
    out.flush()


def _handle(data: bytes, mode: str, sheet: str, out: TextIO) -> None:
    kind, encoding = kind_of(data), ""
    if kind == "text":
        _delimited(data, mode, out)
        return
    if kind == "zip":
        check_zip(data)
    else:
        data, encoding = prepared(data)
    if mode == "check":
        _write(out, {"end": True})
    elif mode == "heads":
        _heads(data, encoding, out)
    elif mode == "read":
        book = Workbook(data, encoding)
        _workbook(book, book.rows, sheet, out)
    elif kind == "zip":
        squeezed = Squeezed(data)
        book = Workbook(squeezed.data)
        _workbook(book, lambda name: squeezed.restored(book.rows(name)), sheet, out)
    else:
        raise Refused("too_large_inside")


def _delimited(data: bytes, mode: str, out: TextIO) -> None:
    try:
        text = decoded(data)
        if mode in ("check", "heads"):
            _write(out, {"end": True})
            return
        _write(out, {"sheets": [], "sheet": ""})
        _answer(delimited_rows(text), out)
        _write(out, {"end": True})
    except MemoryError as error:
        raise Refused("too_much_text", limit=TEXT // 1_000_000) from error


def _workbook(book: Workbook, rows: Callable[[str], Numbered], sheet: str, out: TextIO) -> None:
    """Answer the rows of the sheet asked for, or of the first visible one."""
    sheets = book.sheets()
    if not sheets:
        raise Refused("no_sheet")
    names = [name for name, _visible in sheets]
    if sheet and sheet not in names:
        raise Refused("sheet_missing", sheet=sheet, sheets="、".join(names[:10]))
    chosen = sheet or next((name for name, visible in sheets if visible), names[0])
    _write(out, {"sheets": sheets, "sheet": chosen})
    _answer(rows(chosen), out)
    _write(out, {"end": True})


def _heads(data: bytes, encoding: str, out: TextIO) -> None:
    """Answer the first rows of each sheet, visible ones first; a broken sheet has none."""
    book = Workbook(data, encoding)
    for name, _visible in sorted(book.sheets(), key=lambda sheet: not sheet[1])[:SHEETS]:
        _write(out, {"head": name})
        with contextlib.suppress(Refused):
            _answer(islice((row for row in book.rows(name) if _trimmed(row[1])), HEAD), out)
        out.flush()
    _write(out, {"end": True})


def _answer(rows: Numbered, out: TextIO) -> None:
    """Write the non-blank rows in blocks; refuse more than the limits before it is written."""
    block: list[tuple[int, list[Any]]] = []
    cells = text = held = 0
    for number, row in rows:
        trimmed = _trimmed(row)
        if not trimmed:
            continue
        length = sum([len(cell) for cell in trimmed if type(cell) is str])
        cells, text, held = cells + len(trimmed), text + length, held + length + 8 * len(trimmed)
        if cells > CELLS:
            raise Refused("too_many_cells", limit=CELLS)
        if text > TEXT:
            raise Refused("too_much_text", limit=TEXT // 1_000_000)
        block.append((number, trimmed))
        if len(block) == BLOCK_ROWS or held > BLOCK_TEXT:
            _write_block(out, block)
            block, held = [], 0
    _write_block(out, block)


def _trimmed(cells: list[Any]) -> list[Any]:
    """Return the cells without the blank ones at the end."""
    last = len(cells)
    while last and (cells[last - 1] == "" or cells[last - 1] is None):
        last -= 1
    return [cell if type(cell) is str else _plain(cell) for cell in cells[:last]]


def _plain(cell: Any) -> Any:
    """Return a cell as JSON can carry it: whole floats as integers, dates in a one-key object."""
    if type(cell) is float:
        return int(cell) if cell.is_integer() and abs(cell) < 9_007_199_254_740_992 else cell
    if isinstance(cell, datetime.datetime):
        midnight = cell.time() == datetime.time(0)
        return {"d": cell.date().isoformat()} if midnight else {"t": cell.isoformat()}
    if isinstance(cell, datetime.date):
        return {"d": cell.isoformat()}
    if isinstance(cell, bool):
        return "是" if cell else "否"  # as True it would be equal to 1
    if isinstance(cell, (datetime.time, datetime.timedelta)):
        return str(cell)
    return cell


def _write_block(out: TextIO, block: list[tuple[int, list[Any]]]) -> None:
    if block:
        _write(out, {"block": len(block)})
        _write(out, block)


def _write(out: TextIO, message: Any) -> None:
    out.write(json.dumps(message, ensure_ascii=False, separators=(",", ":")))
    out.write("\n")
