"""What a file is by its content, whatever its name, and whether a zip container may be opened."""

from __future__ import annotations

import io
import re
import zipfile

from foundation.imports.child.limits import ENTRIES, UNPACKED, Refused

TYPES = "[Content_Types].xml"
MARKUP = re.compile(rb"\s*(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body|table|meta|style|script|div)\b", re.I | re.S)
ROOT = re.compile(rb"<[A-Za-z]")
OLD_SHEETS = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00", b"\x09\x08\x08\x00", b"\x09\x08\x10\x00")
ARCHIVES = (b"Rar!\x1a", b"7z\xbc\xaf", b"\x1f\x8b", b"\xfd7zXZ")
OTHERS = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x7fELF", b"{\\rtf")
LETTERS = (b"PK", b"BM", b"MZ")  # a heading may begin with them too, but text has no zero bytes


def kind_of(data: bytes) -> str:
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
    if head.startswith(ARCHIVES):
        raise Refused("archive")
    if head.startswith(OTHERS) or (head.startswith(LETTERS) and b"\0" in head):
        raise Refused("not_sheet")
    plain = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe")
    if MARKUP.match(plain) or plain[:13].upper() == b"MIME-VERSION:":
        raise Refused("html")
    if plain.lstrip().startswith(b"<?xml"):
        raise Refused("html" if b"<html" in plain.lower() else "xml")
    return "text"


def check_zip(data: bytes) -> None:
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
    _check_container(names, _head_of(archive, TYPES, 200_000) if TYPES in names else b"")
    for part in parts:
        if part.filename.lower().endswith((".xml", ".rels")):
            _check_prologue(archive, part)


def _check_container(names: set[str], types: bytes) -> None:
    """Refuse containers that are not a plain .xlsx workbook."""
    lowered = {name.lower() for name in names}
    if any(name.endswith("vbaproject.bin") for name in lowered) or b"macroEnabled" in types:
        raise Refused("macros")
    if "xl/workbook.bin" in lowered:
        raise Refused("binary_workbook")
    if "mimetype" in lowered and "content.xml" in lowered:
        raise Refused("open_document")
    if not types:
        raise Refused("archive")
    if b"spreadsheetml" not in types:
        raise Refused("not_sheet")
    if any(name.startswith("xl/externallinks/") for name in lowered):
        raise Refused("external_links")


def _head_of(archive: zipfile.ZipFile, part: str | zipfile.ZipInfo, size: int) -> bytes:
    """Return the first bytes of one part."""
    try:
        with archive.open(part) as handle:
            return handle.read(size)
    except Exception as error:  # zipfile, zlib and lzma raise errors of no common base
        raise Refused("damaged") from error


def _check_prologue(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Refuse a part that declares a document type: that is where entities are defined."""
    for size in (2_048, 65_536):
        head = _head_of(archive, part, size).replace(b"\0", b"")
        if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
            raise Refused("entities")
        if ROOT.search(head) or part.file_size == 0:
            return
    raise Refused("damaged")
