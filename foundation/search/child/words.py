"""Words out of .docx, .xlsx, .pdf and .txt, as UTF-8 on stdout."""

from __future__ import annotations

import io
import sys
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Iterator
from typing import IO
from xml.etree import ElementTree

from foundation.imports.child.limits import ENTRIES, UNPACKED, confine

LONGEST = 100_000  # characters that are of any use to the index
PAGES = 300  # of a PDF
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
PARTS = ("word/document.xml", "word/footnotes.xml", "word/endnotes.xml")


def main(extension: str) -> None:
    """Answer with the words of the file; any failure is an exit code that is not 0."""
    data = sys.stdin.buffer.read()
    confine()
    text = unicodedata.normalize("NFKC", _cut(READERS[extension](data)))  # a printed PDF says ⽤ (a radical) for 用
    sys.stdout.buffer.write(text.encode(errors="replace"))


def _cut(pieces: Iterable[str]) -> str:
    """As many pieces as are of use."""
    taken: list[str] = []
    room = LONGEST
    for piece in pieces:
        taken.append(piece[:room])
        room -= len(piece)
        if room <= 0:
            break
    return "".join(taken)


def of_docx(data: bytes) -> Iterator[str]:
    """Paragraphs, and the cells of tables, each on a line."""
    archive = _opened(data)
    for part in PARTS:
        if part in archive.namelist():
            yield from _paragraphs(archive.open(part))


def _paragraphs(part: IO[bytes]) -> Iterator[str]:
    for _event, element in ElementTree.iterparse(part):  # noqa: S314 - confined; expat refuses to blow up entities
        if element.tag == f"{WORD}t":
            yield element.text or ""
        elif element.tag in (f"{WORD}tab", f"{WORD}br"):
            yield " "
        elif element.tag == f"{WORD}p":
            yield "\n"
            element.clear()


def of_xlsx(data: bytes) -> Iterator[str]:
    """The names of the sheets and their cells."""
    import python_calamine

    _opened(data)
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    for name in book.sheet_names:
        yield f"{name}\n"
        for row in book.get_sheet_by_name(name).iter_rows():
            yield " ".join(str(cell) for cell in row if cell != "") + "\n"


def of_pdf(data: bytes) -> Iterator[str]:
    """The text of the pages; one that cannot be read is passed over."""
    import pypdf

    for page in pypdf.PdfReader(io.BytesIO(data)).pages[:PAGES]:
        try:
            yield page.extract_text() + "\n"
        except MemoryError:
            raise
        except Exception:  # noqa: S112 - broken fonts and streams fail in any way there is
            continue


def of_txt(data: bytes) -> Iterator[str]:
    """The text, in the encodings an office uses."""
    for encoding in ("utf-8-sig", "utf-16") if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030"):
        try:
            yield data.decode(encoding)
            return
        except UnicodeDecodeError:
            continue
    raise ValueError("no known encoding")


def _opened(data: bytes) -> zipfile.ZipFile:
    """The container, refused when what it declares is out of all measure."""
    archive = zipfile.ZipFile(io.BytesIO(data))
    parts = archive.infolist()
    if len(parts) > ENTRIES or sum(part.file_size for part in parts) > UNPACKED:
        raise ValueError("too large inside")
    return archive


READERS: dict[str, Callable[[bytes], Iterator[str]]] = {
    "docx": of_docx,
    "xlsx": of_xlsx,
    "pdf": of_pdf,
    "txt": of_txt,
}
