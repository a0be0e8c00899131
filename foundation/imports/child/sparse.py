"""Sheets with a stray cell far away: the parser would make room for all that lies between, so that is taken out.

Rows and columns in which no cell stands are left out of the numbering before a workbook is parsed, and put back after.
"""

from __future__ import annotations

import io
import re
import zipfile
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import Any

from foundation.imports.child.limits import Refused

MOST = 60_000_000  # bytes of markup that are worked over
_ROWS = re.compile(rb"<(?:\w+:)?row[\s/>]")
_CELLS = re.compile(rb"<(?:\w+:)?c[\s/>]")
_ROW = re.compile(rb'(<(?:\w+:)?row\s[^>]*?\br=")(\d{1,7})(?=")')
_CELL = re.compile(rb'(<(?:\w+:)?c\s[^>]*?\br=")([A-Z]{1,3})(\d{1,7})(?=")')
_MERGE = re.compile(rb'(<(?:\w+:)?mergeCell\s[^>]*?\bref=")([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})(?=")')


def number_of(letters: bytes) -> int:
    """Return a column's number: A is 1, XFD is 16,384."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def letters_of(number: int) -> bytes:
    """Return a column's letters."""
    letters = b""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = bytes([65 + rest]) + letters
    return letters


def _content(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bytes:
    try:
        return archive.read(part)
    except MemoryError:
        raise
    except Exception as error:  # zipfile, zlib and lzma raise errors of no common base
        raise Refused("damaged") from error


class Squeezed:
    """An .xlsx without the rows and columns that no sheet uses, and the way back."""

    def __init__(self, data: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            sheets = [part for part in archive.infolist() if part.filename.startswith("xl/worksheets/sheet")]
            if sum(part.file_size for part in sheets) > MOST:
                raise Refused("too_large_inside")
            rows: set[int] = set()
            columns: set[bytes] = set()
            for part in sheets:
                self._survey(_content(archive, part), rows, columns)
            self.rows = sorted(rows)
            self.columns = sorted(map(number_of, columns))
            self.data = self._rewritten(archive, {part.filename for part in sheets})

    def _survey(self, markup: bytes, rows: set[int], columns: set[bytes]) -> None:
        """Note which rows and columns are used; a sheet that leaves out its numbers is not for us."""
        numbered = cells = 0
        for found in _ROW.finditer(markup):
            rows.add(int(found[2]))
            numbered += 1
        for found in _CELL.finditer(markup):
            columns.add(found[2])
            rows.add(int(found[3]))
            cells += 1
        if numbered != len(_ROWS.findall(markup)) or cells != len(_CELLS.findall(markup)):
            raise Refused("too_large_inside")

    def _rewritten(self, archive: zipfile.ZipFile, sheets: set[str]) -> bytes:
        row_at = {b"%d" % row: b"%d" % at for at, row in enumerate(self.rows, 1)}
        column_at = {letters_of(column): letters_of(at) for at, column in enumerate(self.columns, 1)}
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new:
            for part in archive.infolist():
                content = _content(archive, part)
                if part.filename in sheets:
                    content = _ROW.sub(lambda m: m[1] + row_at[b"%d" % int(m[2])], content)
                    content = _CELL.sub(lambda m: m[1] + column_at[m[2]] + row_at[b"%d" % int(m[3])], content)
                    content = _MERGE.sub(self._merge, content)
                new.writestr(part.filename, content)
        return out.getvalue()

    def _merge(self, found: re.Match[bytes]) -> bytes:
        """A merge over what is left of it; over nothing, it is one over a single cell."""
        top, bottom = bisect_left(self.rows, int(found[3])) + 1, bisect_right(self.rows, int(found[5]))
        left = bisect_left(self.columns, number_of(found[2])) + 1
        right = bisect_right(self.columns, number_of(found[4]))
        place = b"%s%d:%s%d"
        return found[1] + place % (letters_of(left), top, letters_of(max(left, right)), max(top, bottom))

    def restored(self, rows: Iterator[tuple[int, list[Any]]]) -> Iterator[tuple[int, list[Any]]]:
        """Yield rows with the numbers and the columns they have in the file."""
        for number, cells in rows:
            last = len(cells)
            while last and cells[last - 1] == "":
                last -= 1
            if not last:
                continue
            wide = [""] * self.columns[last - 1]
            for column, cell in zip(self.columns, cells[:last], strict=False):
                wide[column - 1] = cell
            yield self.rows[number - 1], wide
