"""Parses one spreadsheet in a process of its own: `python -I child.py check|read [SHEET]`, the file on stdin.

A 1 KB hostile .xls makes the parser ask for 17 GB and abort, so the portal never parses in its own process.
Nothing of Django is imported here. The answer is JSON lines on stdout: one `{"sheets", "sheet"}` line, lines of
`{"rows": [[number, [cell, …]], …]}`, and `{"end": true}`; or `{"refused": code, …}`. No end line means it died.
"""

import csv
import datetime
import io
import json
import re
import resource
import sys
import zipfile

MEMORY = 1_000_000_000  # bytes of address space
DATA = 300_000_000  # bytes of private memory
SECONDS = 20  # of processor time
UNPACKED = 150_000_000  # bytes a zip container may declare
ENTRIES = 3_000
CELLS = 2_000_000
TEXT = 60_000_000  # characters answered
CELL_TEXT = 32_767  # what a spreadsheet cell can hold
BATCH = 500

TYPES = "[Content_Types].xml"
MARKUP = re.compile(rb"\s*(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body|table|meta|style|script|div)\b", re.I | re.S)
FILEPASS = 0x2F
ROOT = re.compile(rb"<[A-Za-z]")
OLD_SHEETS = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00")
PICTURES = (
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
    b"BM",
    b"\x7fELF",
    b"MZ",
)


class Refused(Exception):
    """The file is not taken: a code the parent turns into a sentence, and its particulars."""

    def __init__(self, code, **detail):
        super().__init__(code)
        self.code, self.detail = code, detail


def confine():
    """Bound this process; the kernel ends it where the parser would not."""
    for kind, limit in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_DATA, DATA),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        resource.setrlimit(kind, (limit, limit))


def kind_of(data):
    """Return 'zip', 'ole' or 'text' by content; refuse what is no table."""
    head = data[:4096]
    if not data.strip():
        raise Refused("empty")
    if head.startswith(b"PK\x03\x04"):
        return "zip"
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "ole"
    if head.startswith(OLD_SHEETS):
        raise Refused("too_old")
    if head.startswith(b"PK") or head.startswith(PICTURES):
        raise Refused("not_sheet")
    plain = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe")
    if MARKUP.match(plain) or plain[:13].upper() == b"MIME-VERSION:":
        raise Refused("html")
    if plain.lstrip().startswith(b"<?xml"):
        raise Refused("html" if b"<html" in plain.lower() else "xml")
    return "text"


def check_zip(data):
    """Look at a zip container's directory and prologues only; nothing is unpacked beyond 64 KB a part."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, OSError) as error:
        raise Refused("damaged") from error
    parts = archive.infolist()
    if len(parts) > ENTRIES:
        raise Refused("too_many_parts")
    unpacked = sum(part.file_size for part in parts)
    if unpacked > UNPACKED:
        raise Refused("bomb", megabytes=unpacked // 1_000_000, limit=UNPACKED // 1_000_000)
    if any(part.flag_bits & 1 for part in parts):
        raise Refused("encrypted")
    names = {part.filename for part in parts}
    check_container(names, head_of(archive, TYPES, 200_000) if TYPES in names else b"")
    for part in parts:
        if part.filename.lower().endswith((".xml", ".rels")):
            check_prologue(archive, part)


def check_container(names, types):
    """Refuse containers that are not a plain .xlsx workbook."""
    lowered = {name.lower() for name in names}
    if any(name.endswith("vbaproject.bin") for name in lowered) or b"macroEnabled" in types:
        raise Refused("macros")
    if "xl/workbook.bin" in lowered:
        raise Refused("binary_workbook")
    if "mimetype" in lowered and "content.xml" in lowered:
        raise Refused("open_document")
    if b"spreadsheetml" not in types:
        raise Refused("not_sheet")
    if any(name.startswith("xl/externallinks/") for name in lowered):
        raise Refused("external_links")


def head_of(archive, part, size):
    """Return the first bytes of one part."""
    try:
        with archive.open(part) as handle:
            return handle.read(size)
    except Exception as error:  # zipfile, zlib and lzma raise errors of no common base
        raise Refused("damaged") from error


def check_prologue(archive, part):
    """Refuse a part that declares a document type: that is where entities are defined."""
    for size in (2_048, 65_536):
        head = head_of(archive, part, size).replace(b"\0", b"")
        if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
            raise Refused("entities")
        if ROOT.search(head) or part.file_size == 0:
            return
    raise Refused("damaged")


def check_ole(data):
    """Refuse encrypted workbooks and documents that hold no workbook."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise Refused("encrypted")
    if not any(name.encode("utf-16-le") in data for name in ("Workbook", "Book", "WORKBOOK", "BOOK")):
        raise Refused("not_sheet")
    if has_password(data):
        raise Refused("encrypted")


def has_password(data):
    """Return whether a FILEPASS record stands among a stream's first; the parser reads some of those as if plain."""
    for start in range(512, len(data) - 32, 64):
        if data[start : start + 4] not in (b"\x09\x08\x10\x00", b"\x09\x08\x08\x00"):
            continue
        at = start
        for _record in range(8):
            kind, size = int.from_bytes(data[at : at + 2], "little"), int.from_bytes(data[at + 2 : at + 4], "little")
            if kind == FILEPASS:
                return True
            at += 4 + size
    return False


def decoded(data):
    """Return the text of a delimited file: UTF-8, UTF-16 or GB18030."""
    for encoding in encodings_of(data):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text or (encoding.startswith("utf-16-") and not any(mark in text for mark in ",\t\n")):
            raise Refused("not_sheet")
        return text
    raise Refused("encoding")


def encodings_of(data):
    """Return what the bytes may be; without a mark, zero bytes all on one side say UTF-16, and which."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ("utf-16",)
    head = data[:4096]
    if b"\0" not in head:
        return ("utf-8-sig", "gb18030")
    low, high = head[0::2].count(0), head[1::2].count(0)  # 一 has a zero byte of its own
    return ("utf-16-le",) if high > low else ("utf-16-be",)


def delimiter_of(text):
    """Return the delimiter that the first lines use most."""
    head = "\n".join(text.splitlines()[:20]) if len(text) < 200_000 else text[:20_000]
    best = max(",\t;|", key=head.count)
    return best if best in head else ","


def delimited_rows(text):
    """Yield (row number as a spreadsheet program counts it, cells)."""
    csv.field_size_limit(1_000_000)
    delimiter = delimiter_of(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    number, line, last = 0, 1, 1
    try:
        for number, row in enumerate(reader, 1):
            if any(len(cell) > CELL_TEXT for cell in row):
                raise Refused("open_quote", row=number, line=line)
            yield number, row
            last, line = line, reader.line_num + 1
    except csv.Error as error:
        raise Refused("open_quote", row=number + 1, line=line) from error
    if line - last > 1 and is_open(text, last, delimiter):
        raise Refused("open_quote", row=number, line=last)


def is_open(text, line, delimiter):
    """Return whether the quote that begins on that line is never closed: it would swallow the rest of the file."""
    rest = "".join(text.splitlines(keepends=True)[line - 1 :])
    try:
        list(csv.reader(io.StringIO(rest, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        return "end of data" in str(error)
    return False


def workbook_of(data):
    """Open a workbook with calamine; its errors become refusals."""
    import python_calamine as calamine

    try:
        return calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    except calamine.PasswordError as error:
        raise Refused("encrypted") from error
    except calamine.CalamineError as error:
        raise Refused("encrypted" if "password" in str(error).lower() else "damaged") from error
    except (ValueError, OSError, OverflowError) as error:
        raise Refused("damaged") from error


def sheets_of(book):
    """Return [name, visible] of the sheets that hold cells."""
    import python_calamine as calamine

    cells, shown = calamine.SheetTypeEnum.WorkSheet, calamine.SheetVisibleEnum.Visible
    return [[sheet.name, sheet.visible == shown] for sheet in book.sheets_metadata if sheet.typ == cells]


def sheet_rows(book, name):
    """Yield (row number, cells from column A on) of one sheet, vertical merges filled down."""
    import python_calamine as calamine

    try:
        sheet = book.get_sheet_by_name(name)
        if sheet.start is None:
            return
        margin = [""] * sheet.start[1]
        merged = downward(sheet.merged_cell_ranges or (), sheet.start[1])
        for number, cells in enumerate(sheet.iter_rows(), 1):
            if merged:
                fill_down(number - 1, cells, merged)
            yield number, (margin + cells if margin else cells)
    except calamine.CalamineError as error:
        raise Refused("damaged") from error


def downward(ranges, margin):
    """Return {column: spans} of the merges over several rows: [last row, first row, value of its top cell]."""
    merged: dict[int, list] = {}
    for (top, left), (bottom, _right) in ranges[:100_000]:
        if bottom > top:
            merged.setdefault(left - margin, []).append([bottom, top, ""])
    for spans in merged.values():
        spans.sort(reverse=True)
    return merged


def fill_down(row, cells, merged):
    """Give each cell under a merge's top cell that cell's value; rows count from 0."""
    for column, spans in merged.items():
        while spans and spans[-1][0] < row:
            spans.pop()
        if not spans or spans[-1][1] > row or not 0 <= column < len(cells):
            continue
        if spans[-1][1] == row:
            spans[-1][2] = cells[column]
        elif cells[column] == "":
            cells[column] = spans[-1][2]


def plain(cell):
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


def trimmed(cells):
    """Return the cells without the blank ones at the end."""
    last = len(cells)
    while last and (cells[last - 1] == "" or cells[last - 1] is None):
        last -= 1
    return [cell if type(cell) is str else plain(cell) for cell in cells[:last]]


def answer(rows, out):
    """Write the non-blank rows as JSON lines, within the limits."""
    batch, cells, text = [], 0, 0
    for number, row in rows:
        row = trimmed(row)
        if not row:
            continue
        cells += len(row)
        if cells > CELLS:
            raise Refused("too_many_cells", limit=CELLS)
        batch.append((number, row))
        if len(batch) == BATCH:
            text += write(out, {"rows": batch})
            batch = []
            if text > TEXT:
                raise Refused("too_much_text", limit=TEXT // 1_000_000)
    write(out, {"rows": batch})
    write(out, {"end": True})


def write(out, message):
    """Write one JSON line and return its length."""
    line = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
    out.write(line)
    out.write("\n")
    return len(line)


def read(data, kind, sheet, out):
    """Answer the rows of the sheet asked for, or of the first visible one."""
    if kind == "text":
        write(out, {"sheets": [], "sheet": ""})
        answer(delimited_rows(decoded(data)), out)
        return
    book = workbook_of(data)
    sheets = sheets_of(book)
    if not sheets:
        raise Refused("no_sheet")
    names = [name for name, _visible in sheets]
    if sheet and sheet not in names:
        raise Refused("sheet_missing", sheet=sheet, sheets="、".join(names[:10]))
    chosen = sheet or next((name for name, visible in sheets if visible), names[0])
    write(out, {"sheets": sheets, "sheet": chosen})
    answer(sheet_rows(book, chosen), out)


def main(mode, sheet):
    """Check, and unless only a check is asked for read; the exit status is 0 either way."""
    confine()
    out = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", errors="surrogatepass", newline="\n")
    try:
        data = sys.stdin.buffer.read()
        kind = kind_of(data)
        if kind == "zip":
            check_zip(data)
        elif kind == "ole":
            check_ole(data)
        if mode == "read":
            read(data, kind, sheet, out)
        else:
            write(out, {"end": True})
    except Refused as refusal:
        write(out, {"refused": refusal.code, **refusal.detail})
    except MemoryError:
        write(out, {"refused": "too_large_inside"})
    out.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "")
