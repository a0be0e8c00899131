"""Comma-, tab- and otherwise delimited text."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator

from foundation.imports.child.limits import CELL_TEXT, COLUMNS, ROWS, Refused

SAMPLE = 20_000  # characters in which the delimiter is looked for
LIKELY = re.compile(r"[\t\r\n -~\xa0-\xff\u2000-\u206f\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
GUARDED = re.compile(r'="([^"]*)"')
BINARY = re.compile(r"[\x01-\x08\x0e-\x19\x1b-\x1f]")


def decoded(data: bytes) -> str:
    """Return the text of a delimited file: UTF-8, UTF-16 or GB18030."""
    for encoding in _encodings_of(data):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding.startswith("utf-16-") and not _is_likely(text[:2_000]):
            continue
        if "\0" in text:
            raise Refused("not_sheet" if BINARY.search(text) else "nul")
        return text
    if b"\0" in data:
        raise Refused("not_sheet" if BINARY.search(data[:4096].decode("latin-1")) else "nul")
    raise Refused("encoding")


def _is_likely(text: str) -> bool:
    """Return whether nine in ten characters are what a Chinese table is made of."""
    return 10 * len(LIKELY.findall(text)) >= 9 * len(text)


def _encodings_of(data: bytes) -> tuple[str, ...]:
    """Return what the bytes may be; without a mark, zero bytes all on one side say UTF-16, and which."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ("utf-16",)
    if data.startswith(b"\xef\xbb\xbf"):
        return ("utf-8-sig",)
    head = data[:4096]
    if b"\0" not in head:
        return ("utf-8", "gb18030")
    low, high = head[0::2].count(0), head[1::2].count(0)  # 一 has a zero byte of its own
    return ("utf-16-le",) if high > low else ("utf-16-be",)


def delimiter_of(text: str) -> str:
    """Return the delimiter by which the most of the first lines have equally many cells; 1,000 has a comma too."""
    head = text[:SAMPLE]
    if len(text) > SAMPLE and "\n" in head:
        head = head[: head.rindex("\n")]

    def agreeing(delimiter: str) -> tuple[int, int]:
        rows = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
        widths = Counter(len(row) for row in rows if len(row) > 1)
        return max(((count, width) for width, count in widths.items()), default=(0, 0))

    best = max(",\t;|", key=agreeing)
    return best if best in head else ","


def delimited_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (row number as a spreadsheet program counts it, cells)."""
    csv.field_size_limit(1_000_000)
    delimiter = delimiter_of(text)
    reader = csv.reader(_lines(text, delimiter), delimiter=delimiter)
    guarded = '="' in text
    number, line, last = 0, 1, 1
    try:
        for number, row in enumerate(reader, 1):
            if number > ROWS:
                raise Refused("too_long", limit=ROWS)
            if any(len(cell) > CELL_TEXT for cell in row):
                raise Refused(_too_long(reader.line_num, line), row=number, line=line)
            yield number, [_bare(cell) for cell in row] if guarded else row
            last, line = line, reader.line_num + 1
    except csv.Error as error:
        raise Refused(_too_long(reader.line_num, line), row=number + 1, line=line) from error
    if line - last > 1 and _is_open(text, last, delimiter):
        raise Refused("open_quote", row=number, line=last)


def _bare(cell: str) -> str:
    """Return the text of ="007", as programs write what a spreadsheet must not take for a number."""
    found = GUARDED.fullmatch(cell)
    return found[1] if found else cell


def _too_long(reached: int, line: int) -> str:
    """Name a cell that is too long: one over several lines has swallowed them."""
    return "open_quote" if reached > line else "long_cell"


def _lines(text: str, delimiter: str) -> Iterator[str]:
    """Yield lines as csv counts them; one that would make millions of cells is refused before it does."""
    for number, line in enumerate(io.StringIO(text, newline=""), 1):
        if len(line) > COLUMNS and line.count(delimiter) >= COLUMNS:
            raise Refused("too_wide", line=number, limit=COLUMNS)
        yield line


def _is_open(text: str, line: int, delimiter: str) -> bool:
    """Return whether the quote that begins on that line is never closed: it would swallow the rest of the file."""
    rest = [each for number, each in enumerate(_lines(text, delimiter), 1) if number >= line]
    try:
        list(csv.reader(rest, delimiter=delimiter, strict=True))
    except csv.Error as error:
        return "end of data" in str(error)
    return False
