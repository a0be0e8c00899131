"""Old .xls workbooks before they are parsed: passwords, and the text of Excel 5.0/95.

The parser reads a BIFF5 string in a Chinese code page as if each byte were a character, and leaves out its rich
text. So such a file is given to it as one whose text is Latin-1, which keeps every byte, and decoded afterwards.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from foundation.imports.child.limits import Refused

BOF, EOF, CODEPAGE, FILEPASS, LABEL, RSTRING = 0x0809, 0x000A, 0x0042, 0x002F, 0x0204, 0x00D6
BIFF5 = 0x0500
UNICODE = 1200  # the code page under which the parser widens each byte to a character
SIMPLIFIED = "gb18030"  # 936 (GBK), of which it is a superset
NEIGHBOURS = {932: "cp932", 949: "cp949", 950: "cp950", 65001: "utf-8"}
LAST_SECTOR = 0xFFFFFFF9
ENTRY = 128


@dataclass
class Stream:
    """One entry of an OLE directory."""

    name: str
    kind: int  # 2 a stream, 5 the root
    start: int
    size: int


class Container:
    """The streams of an OLE container, as pieces of its bytes."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        shift, small_shift = struct.unpack_from("<HH", data, 30)
        if shift not in (9, 12) or small_shift != 6:
            raise Refused("damaged")
        self.size = 1 << shift
        self.cutoff = self._number(56)

    def _number(self, at: int) -> int:
        return struct.unpack_from("<I", self.data, at)[0]

    def _sector(self, number: int) -> int:
        """Where a sector begins."""
        return (number + 1) * self.size

    def _numbers(self, sector: int) -> list[int]:
        return list(struct.unpack_from(f"<{self.size // 4}I", self.data, self._sector(sector)))

    @cached_property
    def table(self) -> list[int]:
        """Each sector's follower."""
        places = list(struct.unpack_from("<109I", self.data, 76))
        more, most = self._number(68), len(self.data) // self.size
        while more <= LAST_SECTOR:
            if len(places) > most + 109:
                raise Refused("damaged")
            *some, more = self._numbers(more)
            places += some
        return [number for place in places if place <= LAST_SECTOR for number in self._numbers(place)]

    @cached_property
    def small_table(self) -> list[int]:
        """Each small sector's follower."""
        return [number for sector in self._chain(self._number(60), self.table) for number in self._numbers(sector)]

    def _chain(self, start: int, table: list[int]) -> list[int]:
        chain: list[int] = []
        at = start
        while at <= LAST_SECTOR:
            if at >= len(table) or len(chain) > len(table):
                raise Refused("damaged")
            chain.append(at)
            at = table[at]
        return chain

    @cached_property
    def streams(self) -> list[Stream]:
        found = []
        for sector in self._chain(self._number(48), self.table):
            for at in range(self._sector(sector), self._sector(sector) + self.size, ENTRY):
                entry = self.data[at : at + ENTRY]
                length = min(struct.unpack_from("<H", entry, 64)[0], 64)
                name = entry[: max(length - 2, 0)].decode("utf-16-le", "replace")
                found.append(Stream(name, entry[66], *struct.unpack_from("<II", entry, 116)))
        return found

    def pieces(self, stream: Stream) -> list[tuple[int, int]]:
        """Where the parts of a stream stand, (offset, length), in order."""
        if stream.size >= self.cutoff:
            return [(self._sector(number), self.size) for number in self._chain(stream.start, self.table)]
        root = next((entry for entry in self.streams if entry.kind == 5), None)
        if root is None:
            raise Refused("damaged")
        sectors = self._chain(root.start, self.table)
        found = []
        for number in self._chain(stream.start, self.small_table):
            nth, within = divmod(number * 64, self.size)
            if nth >= len(sectors):
                raise Refused("damaged")
            found.append((self._sector(sectors[nth]) + within, 64))
        return found


def records(stream: bytes | bytearray) -> Iterator[tuple[int, int, int]]:
    """Yield (offset, kind, length) of the records of a workbook stream."""
    at = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        yield at, kind, length
        at += 4 + length


def prepared(data: bytes) -> tuple[bytes, str]:
    """Return the workbook as the parser reads it right, and the encoding its text then needs, blank for none."""
    try:
        return _prepared(Container(data))
    except (struct.error, IndexError) as error:
        raise Refused("damaged") from error


def _prepared(container: Container) -> tuple[bytes, str]:
    streams = {stream.name.upper(): stream for stream in container.streams if stream.kind == 2}
    if "ENCRYPTEDPACKAGE" in streams:
        raise Refused("encrypted")
    book = streams.get("WORKBOOK") or streams.get("BOOK")
    if book is None:
        raise Refused("not_sheet")
    pieces = container.pieces(book)
    stream = bytearray().join(container.data[at : at + length] for at, length in pieces)
    version, page = _opening(stream)
    if version != BIFF5:
        return container.data, ""
    _as_latin(stream)
    whole, done = bytearray(container.data), 0
    for at, length in pieces:
        part = stream[done : done + length]
        whole[at : at + len(part)] = part
        done += length
    return bytes(whole), _encoding(page)


def _opening(stream: bytearray) -> tuple[int, int]:
    """Return the version and the code page that a workbook stream opens with; refuse one with a password."""
    version = page = 0
    for at, kind, length in records(stream):
        if kind == FILEPASS:
            raise Refused("encrypted")  # the parser reads some of those as if plain
        if kind == BOF and length >= 2:
            version = struct.unpack_from("<H", stream, at + 4)[0]
        elif kind == CODEPAGE and length == 2:
            page = struct.unpack_from("<H", stream, at + 4)[0]
        elif kind == EOF:
            break
    return version, page


def _as_latin(stream: bytearray) -> None:
    """Make every string of a BIFF5 stream one that the parser reads, a character for each byte."""
    for at, kind, length in records(stream):
        if kind == CODEPAGE and length == 2:
            struct.pack_into("<H", stream, at + 4, UNICODE)
        elif kind == RSTRING:  # a label followed by its fonts
            struct.pack_into("<H", stream, at, LABEL)


def _encoding(page: int) -> str:
    """Return Python's name for a code page: simplified Chinese, whatever a Western one says, but for its neighbours."""
    return NEIGHBOURS.get(page, SIMPLIFIED)


def recoded(text: str, encoding: str) -> str:
    """Return the text that the bytes stand for which the parser gave as Latin-1."""
    try:
        return text.encode("latin-1").decode(encoding, "replace")
    except UnicodeEncodeError:
        return text
