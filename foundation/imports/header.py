"""Finds the row of column headings, wherever it stands, and what each heading means. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from foundation.imports.values import cleaned, folded

SEARCHED = 20  # non-blank rows in which a heading row may stand
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】")
_NUMBERING = frozenset(["序号", "编号", "no", "no.", "№", "#"])

Row = tuple[int, Sequence[Any]]


@dataclass
class Header:
    """Where the headings stand: the row numbers they take, the index of the first data row, and what they mean."""

    row: int
    first: int
    headings: dict[int, str] = field(default_factory=dict)  # column index from 0 → heading as written
    known: dict[int, str] = field(default_factory=dict)  # column index → attribute
    extra: dict[int, str] = field(default_factory=dict)  # column index → heading that nobody declared

    def row_of_headings(self) -> list[str]:
        """One for every column from the first on, blank where it has none."""
        return [self.headings.get(column, "") for column in range(max(self.headings, default=-1) + 1)]


def heading_key(text: Any) -> str:
    """A heading for comparing: narrow, without spaces, marks of obligation, or a closing colon."""
    return re.sub(r"[\s*:：]", "", folded(text)).lower()


def short_key(text: Any) -> str:
    """The same without what stands in brackets: 注册资本(万元) is 注册资本."""
    return heading_key(_BRACKETS.sub("", folded(text)))


def vocabulary(names: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """{heading key: attribute} from {attribute: headings and synonyms}; two attributes may not share a heading."""
    meanings: dict[str, str] = {}
    for attribute, headings in names.items():
        for heading in headings:
            if meanings.setdefault(heading_key(heading), attribute) != attribute:
                raise ValueError(f"{heading} is declared for {attribute} and for {meanings[heading_key(heading)]}")
    return meanings


def meaning(heading: Any, meanings: Mapping[str, str]) -> str | None:
    """The attribute a heading stands for."""
    return meanings.get(heading_key(heading)) or meanings.get(short_key(heading))


def find(rows: Sequence[Row], meanings: Mapping[str, str], keys: Sequence[str]) -> Header | None:
    """The best heading row among the first ones: it names one of `keys` and as many attributes as any other."""
    best: tuple[int, int] | None = None
    for index, (_number, cells) in enumerate(rows[:SEARCHED]):
        named = {meaning(cell, meanings) for cell in cells if isinstance(cell, str)} - {None}
        if named.isdisjoint(keys) and not _sub_row(rows, index):
            continue
        if named and (best is None or len(named) > best[0]):
            best = (len(named), index)
    if best is None:
        return None
    header = _read(rows, _upper(rows, best[1], meanings), meanings)
    return header if not set(header.known.values()).isdisjoint(keys) else None


def read_at(rows: Sequence[Row], index: int, meanings: Mapping[str, str]) -> Header:
    """The heading row that somebody else found."""
    return _read(rows, index, meanings)


def _upper(rows: Sequence[Row], index: int, meanings: Mapping[str, str]) -> int:
    """The row above where this one only refines it; a title, which names nothing, is not part of the headings."""
    if index == 0 or not any(meaning(cell, meanings) for cell in rows[index - 1][1] if isinstance(cell, str)):
        return index
    return index - 1 if _sub_row(rows, index - 1) else index


def _read(rows: Sequence[Row], index: int, meanings: Mapping[str, str]) -> Header:
    """Name the columns from the heading row and, where there is one, the row of sub-headings under it."""
    number, cells = rows[index]
    below = _sub_row(rows, index)
    header = Header(row=number, first=index + (2 if below else 1))
    parent = ""
    for column in range(max(len(cells), len(below or ()))):
        top, sub = _at(cells, column), _at(below or (), column)
        parent = top or (parent if sub else "")
        candidates = [parent + sub, sub, top] if sub and sub != top else [top]
        text = candidates[0]
        if not text:
            continue
        header.headings[column] = text
        attribute = next(filter(None, (meaning(candidate, meanings) for candidate in candidates)), None)
        if attribute and attribute not in header.known.values():
            header.known[column] = attribute
        elif heading_key(text) not in _NUMBERING:
            header.extra[column] = unused(text, header.extra.values())
    return header


def unused(text: str, taken: Any) -> str:
    """A heading that occurs twice gets a number."""
    name, count = text, 1
    while name in taken:
        count += 1
        name = f"{text}({count})"
    return name


def _sub_row(rows: Sequence[Row], index: int) -> Sequence[Any] | None:
    """The next row where it only refines spanning headings: text below a gap, or below a heading followed by one."""
    if index + 1 >= len(rows) or rows[index + 1][0] != rows[index][0] + 1:
        return None
    cells, below = rows[index][1], rows[index + 1][1]
    refined = False
    for column, value in enumerate(below):
        if value in ("", None):
            continue
        if not isinstance(value, str) or len(value) > 30 or value.strip().isdigit():
            return None
        top = _at(cells, column)
        if top == cleaned(value):
            continue
        before = column > 0 and _at(cells, column - 1) != ""
        after = _at(cells, column + 1) == "" and _at(below, column + 1) != ""
        if top and not after:
            return None
        refined = refined or bool(top) or before
    return below if refined else None


def _at(cells: Sequence[Any], column: int) -> str:
    return cleaned(cells[column]) if column < len(cells) else ""
