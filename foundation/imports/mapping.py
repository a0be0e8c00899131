"""Which column of a file is which field of a roster: by its heading, its content, a saved mapping, or by hand. Pure."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from statistics import median
from typing import Any

from django.utils.translation import gettext as _

from foundation.accounts.errors import Refused
from foundation.imports import header as headings
from foundation.imports.header import Header, Row, heading_key
from foundation.imports.resources import RosterResource
from foundation.imports.values import cleaned, is_blank
from foundation.imports.widgets import Reference

KEEP, IGNORE = "+", "-"  # what a column may be instead of a field: kept with the row, or left out
SAMPLED = 300  # rows that content is judged by
LIKELY, CERTAIN = 0.6, 0.8  # the share of a column's cells that makes it a field
SAMPLES, SAMPLE_LENGTH, TOP_LENGTH = 4, 60, 120
BEYOND = 20  # columns past the last heading that are looked at
MAX_COLUMNS = 500


class How(StrEnum):
    """How a column came by its field."""

    HEADING = "heading"
    CONTENT = "content"
    SAVED = "saved"
    HAND = "hand"
    OWN = "own"  # a column that this portal itself added to a workbook of refused rows
    NONE = ""


@dataclass
class Wish:
    """What a mapping asks for: the row of headings (0: there is none, None: to be found), a field for some columns."""

    row: int | None = None
    columns: dict[int, str] = dataclasses.field(default_factory=dict)
    how: How = How.HAND

    def to_json(self) -> dict[str, Any]:
        return {"row": self.row, "columns": {str(column): name for column, name in self.columns.items()}}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any], how: How = How.HAND) -> Wish:
        return cls(kept.get("row"), {int(column): name for column, name in kept.get("columns", {}).items()}, how)


@dataclass
class Column:
    """A column of the file as a person decides about it."""

    column: int
    heading: str
    field: str = IGNORE
    how: str = How.NONE
    hint: str = ""  # a field that the content looks like though the heading says otherwise
    samples: list[str] = dataclasses.field(default_factory=list)


@dataclass
class Layout:
    """Where the headings of a sheet stand, what its columns mean, and the shape that files like it share."""

    header: Header
    columns: list[Column]
    shape: str

    def to_json(self) -> list[dict[str, Any]]:
        return [asdict(column) for column in self.columns]


Saved = Callable[[Sequence[str]], tuple[str, Wish] | None]  # from shapes to the one that has a mapping, and that


def own_headings() -> tuple[str, str]:
    """The two columns in front of the rows that are given back to be corrected."""
    return _("原行号"), _("拒绝原因")


def nameless(column: int) -> str:
    """What a column without a heading is called."""
    return _("第 %(n)s 列") % {"n": column + 1}


def find(rows: Sequence[Row], resource: RosterResource) -> Header | None:
    """The row of headings that names what identifies an object, if there is one."""
    keys = [name for name in (resource.key, resource.alternative) if name]
    return headings.find(rows, resource.vocabulary(), keys)


def lay_out(
    rows: Sequence[Row], resource: RosterResource, wish: Wish | None = None, saved: Saved | None = None
) -> Layout | None:
    """Where the headings stand and what each column is; None where neither headings nor content say it."""
    header = _header(rows, resource, wish)
    if header is None and saved and (index := _row_of_a_saved_one(rows, saved)) is not None:
        header = headings.read_at(rows, index, resource.vocabulary())
    if header is None:
        return None
    if len(header.headings) > MAX_COLUMNS:
        message = _("表格有 %(n)s 列标题，超过 %(limit)s 列的上限。请删去用不到的列。")
        raise Refused(message % {"n": len(header.headings), "limit": MAX_COLUMNS}, code="too_many_columns")
    columns = _columns(header, rows, resource)
    _guess(columns, header, rows, resource)
    shape = _shape(header, columns)
    if wish is None and saved and (found := saved([shape])):
        wish = found[1]
    if wish is not None:
        _obey(columns, _still_known(wish, resource))
    _write_back(header, columns)
    return Layout(header, columns, shape)


def bare(rows: Sequence[Row], resource: RosterResource) -> tuple[int, list[Column]]:
    """For a person to say what they are: the likeliest row of headings, 0 where none is, and the columns under it."""
    sample = rows[:SAMPLED]
    first = _first_full(sample)
    if sample and _reads_as_headings(sample[first][1]):
        header = headings.read_at(rows, first, resource.vocabulary())
    else:
        header = _without_headings(rows)
    header.headings = dict(list(header.headings.items())[:MAX_COLUMNS])
    columns = _columns(header, rows, resource)
    _guess(columns, header, rows, resource)
    return header.row, columns


def top(rows: Sequence[Row]) -> list[list[Any]]:
    """The rows among which the headings may stand, each in one line."""
    return [
        [number, _cut(" | ".join(text for cell in cells if (text := cleaned(cell))), TOP_LENGTH)]
        for number, cells in rows[: headings.SEARCHED]
    ]


# -- What a person chooses --------------------------------------------------------------------------------------------


def refuse_contradiction(columns: Mapping[int, str], resource: RosterResource, names: Mapping[int, str]) -> None:
    """Refused where two columns are the same field, or no column says which object a row is about."""
    taken: dict[str, int] = {}
    for column, name in columns.items():
        if name in (KEEP, IGNORE):
            continue
        first = taken.setdefault(name, column)
        if first != column:
            message = _("“%(first)s”和“%(second)s”两列都对应“%(field)s”，一个字段只能对应一列。")
            told = {"first": names.get(first, ""), "second": names.get(column, "")}
            raise Refused(message % {**told, "field": resource.fields[name].heading}, code="column_twice")
    keys = [name for name in (resource.key, resource.alternative) if name]
    if taken.keys().isdisjoint(keys):
        wanted = _("”或“").join(resource.fields[name].heading for name in keys)
        raise Refused(_("至少要有一列对应“%(wanted)s”，否则认不出每一行是谁。") % {"wanted": wanted}, code="no_key")


def missing(columns: Iterable[str], resource: RosterResource) -> list[str]:
    """The headings of the required fields that no column is."""
    taken = set(columns)
    return [declared.heading for name, declared in resource.fields.items() if declared.required and name not in taken]


# -- Where the headings stand -----------------------------------------------------------------------------------------


def _header(rows: Sequence[Row], resource: RosterResource, wish: Wish | None) -> Header | None:
    if wish is None or wish.row is None:
        return find(rows, resource) or _by_content(rows, resource)
    if wish.row == 0:
        return _without_headings(rows)
    index = next((at for at, (number, _cells) in enumerate(rows[: headings.SEARCHED]) if number == wish.row), None)
    return None if index is None else headings.read_at(rows, index, resource.vocabulary())


def _by_content(rows: Sequence[Row], resource: RosterResource) -> Header | None:
    """Around a column that can hardly be anything but what identifies an object."""
    telling = [
        widget
        for name in (resource.key, resource.alternative)
        if name and (widget := resource.fields[name].widget).telling
    ]
    sample = rows[:SAMPLED]
    first = _first_full(sample)
    top = _reads_as_headings(sample[first][1]) if sample else False
    body = sample[first + 1 :] if top else sample[first:]
    for widget in telling:
        for column in range(min(_width(sample), MAX_COLUMNS)):
            if _share(_cells(body, column), widget) >= LIKELY:
                if not top or widget.recognises(_at(sample[first], column)):
                    return _without_headings(rows)
                return headings.read_at(rows, first, resource.vocabulary())
    return None


def _without_headings(rows: Sequence[Row]) -> Header:
    """Data from the first row on that is as full as the rows are."""
    sample = rows[:SAMPLED]
    width = min(_width(sample), MAX_COLUMNS)
    return Header(row=0, first=_first_full(sample), headings=dict.fromkeys(range(width), ""))


def _first_full(rows: Sequence[Row]) -> int:
    """The first row that is no title: at least half as full as a usual row."""
    filled = [sum(1 for cell in cells if cell not in ("", None)) for _number, cells in rows]
    usual = median(filled) if filled else 0
    return next((at for at, count in enumerate(filled) if count * 2 >= usual), 0)


def _reads_as_headings(cells: Sequence[Any]) -> bool:
    """Short words, each once, no figures."""
    texts = [cell for cell in cells if cell not in ("", None)]
    return (
        all(isinstance(text, str) and len(text) <= 20 and not re.search(r"\d{3}", text) for text in texts)
        and len(set(texts)) == len(texts)
    )  # fmt: skip


def _row_of_a_saved_one(rows: Sequence[Row], saved: Saved) -> int | None:
    """The index of a row whose headings a saved mapping knows."""
    first = rows[: headings.SEARCHED]
    shapes = {_digest([heading_key(cell) for cell in cells]): at for at, (_number, cells) in enumerate(first)}
    found = saved(list(shapes))
    return None if found is None else shapes[found[0]]


# -- What the columns are ---------------------------------------------------------------------------------------------


def _columns(header: Header, rows: Sequence[Row], resource: RosterResource) -> list[Column]:
    """By their headings alone; a column without one is there if it holds anything."""
    body = rows[header.first : header.first + SAMPLED]
    own = {heading_key(text) for text in own_headings()}
    columns = []
    named = max(header.headings, default=-1) + 1
    for column in range(max(named, min(_width(body), named + BEYOND))):
        text = header.headings.get(column, "")
        one = Column(column, text)
        if column < len(own) and heading_key(text) in own:
            one.how = How.OWN
        elif column in header.known:
            one.field, one.how = header.known[column], How.HEADING
        elif column in header.extra:
            one.field = KEEP if resource.extra else IGNORE
        columns.append(one)
    return [one for one in _sampled(columns, body) if one.heading or one.samples]


def _sampled(columns: list[Column], rows: Sequence[Row]) -> list[Column]:
    for one in columns:
        for cell in _cells(rows, one.column):
            text = _cut(cleaned(cell), SAMPLE_LENGTH)
            if text and text not in one.samples:
                one.samples.append(text)
                if len(one.samples) == SAMPLES:
                    break
    return columns


def _guess(columns: list[Column], header: Header, rows: Sequence[Row], resource: RosterResource) -> None:
    """Give columns whose heading says nothing the field that their cells tell.

    What can hardly be anything else (a code with its check character) counts whatever the heading; what is merely like
    a field (a day, a phone number) only where there is no heading, and is otherwise a hint.
    """
    body = rows[header.first : header.first + SAMPLED]
    open_columns = [one for one in columns if one.how == How.NONE and one.samples]
    open_fields = resource.fields.keys() - {one.field for one in columns}
    shares: dict[str, dict[int, float]] = defaultdict(dict)
    for one in open_columns:
        cells = _cells(body, one.column)
        for name in open_fields:
            widget = resource.fields[name].widget
            if not (one.heading and isinstance(widget, Reference)):  # which would be loaded for a hint
                shares[name][one.column] = _share(cells, widget)
    by_number = {one.column: one for one in open_columns}
    for name in sorted(open_fields, key=lambda name: name != resource.key):
        if resource.fields[name].widget.telling and (found := _best(shares[name])) is not None:
            one = by_number[found]
            if one.how == How.NONE:
                one.field, one.how = name, How.CONTENT
    _guess_likely([one for one in open_columns if one.how == How.NONE], shares, resource)


def _best(shares: Mapping[int, float]) -> int | None:
    likely = [(share, -column) for column, share in shares.items() if share >= LIKELY]
    return -max(likely)[1] if likely else None


def _guess_likely(columns: Sequence[Column], shares: Mapping[str, Mapping[int, float]], resource: Any) -> None:
    """A field for each column that is like one field only, which is like no other column."""
    alike: dict[int, list[str]] = defaultdict(list)
    of_field: dict[str, list[int]] = defaultdict(list)
    for name in resource.fields:
        for one in columns:
            if shares.get(name, {}).get(one.column, 0) >= CERTAIN and not resource.fields[name].widget.telling:
                alike[one.column].append(name)
                of_field[name].append(one.column)
    for one in columns:
        names = alike[one.column]
        if len(names) == 1 and len(of_field[names[0]]) == 1:
            if one.heading:
                one.hint = names[0]
            else:
                one.field, one.how = names[0], How.CONTENT


def _still_known(wish: Wish, resource: RosterResource) -> Wish:
    """A mapping saved before a field was given up asks for less."""
    known = {KEEP, IGNORE, *resource.fields}
    return Wish(wish.row, {column: name for column, name in wish.columns.items() if name in known}, wish.how)


def _obey(columns: list[Column], wish: Wish) -> None:
    """What was chosen stands; a column that the mapping does not name is nothing that another column is."""
    chosen = {name for name in wish.columns.values() if name not in (KEEP, IGNORE)}
    for one in columns:
        name = wish.columns.get(one.column)
        if name is None:
            if one.field in chosen:
                one.field, one.how = IGNORE, How.NONE
        elif name != one.field:
            one.field, one.how = name, wish.how
        elif wish.how == How.SAVED or not one.heading:
            one.how = wish.how


def _write_back(header: Header, columns: Sequence[Column]) -> None:
    """The columns' fields as the header that rows are read by; an unchosen column without a heading stays out."""
    header.known, header.extra = {}, {}
    kept = {one.column for one in columns if one.heading or one.field != IGNORE or one.how != How.NONE}
    header.headings = {one.column: one.heading or nameless(one.column) for one in columns if one.column in kept}
    for one in columns:
        if one.field == KEEP:
            header.extra[one.column] = headings.unused(header.headings[one.column], header.extra.values())
        elif one.field != IGNORE:
            header.known[one.column] = one.field


def _shape(header: Header, columns: Sequence[Column]) -> str:
    """Of the headings in their places; of a sheet without any, of what its columns hold."""
    if header.row:
        width = max(header.headings, default=-1) + 1
        return _digest([heading_key(header.headings.get(column, "")) for column in range(width)])
    return _digest([f"{one.column}:{one.field}" for one in columns])


def _digest(words: Sequence[str]) -> str:
    while words and not words[-1]:
        words = words[:-1]
    return hashlib.sha256(json.dumps(words, ensure_ascii=False).encode()).hexdigest()


# -- Cells ------------------------------------------------------------------------------------------------------------


def _share(cells: Iterable[Any], widget: Any) -> float:
    """The share of the cells that say something which a widget recognises as its own."""
    said = [cell for cell in cells if cell is not None and not (isinstance(cell, str) and is_blank(cell.strip()))]
    return sum(widget.recognises(cell) for cell in said) / len(said) if said else 0.0


def _cut(text: str, limit: int) -> str:
    """The beginning of a text; no number is cut in two, for a part of a phone number could not be hidden."""
    return text if len(text) <= limit else re.sub(r"\d+$", "", text[:limit]) + "…"


def _cells(rows: Sequence[Row], column: int) -> list[Any]:
    return [_at(row, column) for row in rows]


def _at(row: Row, column: int) -> Any:
    return row[1][column] if column < len(row[1]) else ""


def _width(rows: Sequence[Row]) -> int:
    return max((len(cells) for _number, cells in rows), default=0)
