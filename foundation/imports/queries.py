"""What the pages show of a batch: its lines in words, and the rows that go back to be corrected."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.urls import NoReverseMatch, reverse

from foundation.imports.header import meaning
from foundation.imports.lines import Candidate, Line, Outcome, Remark
from foundation.imports.mapping import IGNORE, KEEP, nameless, own_headings
from foundation.imports.models import Batch
from foundation.imports.resources import RosterResource
from foundation.ui.text import mask_phone

FIRST = 5  # values of a new object shown without unfolding
_MOBILE = re.compile(r"(?<!\d)1\d{10}(?!\d)")


def without_phones(text: str) -> str:
    """Text with the middle of every mobile number hidden."""
    return _MOBILE.sub(lambda match: mask_phone(match.group()), text)


def refused_headings(batch: Batch, resource: RosterResource) -> list[str]:
    """Of the workbook of refused rows: what the portal adds, then the file's columns by names it knows again."""
    return [*own_headings(), *(_known_again(batch, resource, column) for column in _given_back(batch))]


def refused_rows(batch: Batch, *, masked: bool) -> Iterator[list[str]]:
    """The refused rows, each with its number and the reasons in front; `masked` hides phone numbers."""
    columns = _given_back(batch)
    for chunk in batch.chunks.filter(outcome=Outcome.REFUSED).order_by("number"):
        for line in chunk.lines:
            reasons = "；".join(f"{error.column}：{error.message}" for error in line.errors)
            cells = [line.cells[column] if column < len(line.cells) else "" for column in columns]
            yield [str(line.number), reasons, *(map(without_phones, cells) if masked else cells)]


def _given_back(batch: Batch) -> list[int]:
    """The columns that go back: all but those left out by choice, or added by the portal before."""
    left_out = {one["column"] for one in batch.mapping if one["field"] == IGNORE and (one["heading"] or one["how"])}
    return [column for column in range(len(batch.headings)) if column not in left_out]


def _known_again(batch: Batch, resource: RosterResource, column: int) -> str:
    """A heading by which the column is found again, with the unit that the file's own heading gives."""
    text = batch.headings[column]
    name = next((one["field"] for one in batch.mapping if one["column"] == column), KEEP)
    if name in (KEEP, IGNORE) or meaning(text, resource.vocabulary()) == name:
        return text
    return "".join([resource.fields[name].heading, *re.findall(r"[(（][^()（）]*[)）]", text)])


@dataclass
class Cell:
    """A cell as it is shown, and where it can be corrected."""

    column: int
    heading: str
    text: str
    is_read: bool = True  # and not left out: correcting it changes something


@dataclass
class Shown:
    """A line in words."""

    line: Line
    url: str
    cells: list[Cell]
    values: list[tuple[str, str]] = field(default_factory=list)
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    kept: list[tuple[str, str, str]] = field(default_factory=list)  # what the policy leaves as it is
    candidates: list[tuple[Candidate, str]] = field(default_factory=list)  # with their pages
    errors: list[tuple[Remark, int | None]] = field(default_factory=list)  # with the column to correct
    is_held: bool = False
    is_corrected: bool = False

    @property
    def first(self) -> list[tuple[str, str]]:
        return self.values[:FIRST]

    @property
    def rest(self) -> list[tuple[str, str]]:
        return self.values[FIRST:]

    @property
    def notes(self) -> list[Remark]:
        return self.line.notes


def shown(lines: Sequence[Line], resource: RosterResource, batch: Batch, *, masked: bool) -> list[Shown]:
    """Lines for a page; `masked` hides the middle of phone numbers."""
    words = _Words(resource, masked)
    named = columns_by_heading(batch, resource)
    read = {one["column"] for one in batch.mapping if one["field"] not in (IGNORE, "")}
    corrected = set(batch.edits.filter(row__in=[line.number for line in lines]).values_list("row", flat=True))
    return [
        Shown(
            line,
            url_of(resource, line.pk),
            [
                Cell(at, heading_at(batch, at), words.free(text), at in read)
                for at, text in enumerate(line.cells)
                if text or at in read
            ],
            list(words.values(line)),
            list(words.changes(line.changes)),
            list(words.changes(line.kept)),
            [(one, url_of(resource, one.pk)) for one in line.candidates],
            [(error, named.get(error.column)) for error in line.errors],
            line.outcome == Outcome.TO_CONFIRM,
            line.number in corrected,
        )
        for line in lines
    ]


def columns_by_heading(batch: Batch, resource: RosterResource) -> dict[str, int]:
    """{heading as the file or the roster has it: column} of what is imported."""
    found: dict[str, int] = {}
    for one in batch.mapping:
        if one["field"] in (IGNORE, ""):
            continue
        found.setdefault(heading_at(batch, one["column"]), one["column"])
        if one["field"] in resource.fields:
            found.setdefault(resource.fields[one["field"]].heading, one["column"])
    return found


def heading_at(batch: Batch, column: int) -> str:
    """What a column is called; by its number where it has no heading."""
    return (batch.headings[column] if column < len(batch.headings) else "") or nameless(column)


class Searched:
    """All that is shown of a line, as one text to be searched."""

    def __init__(self, resource: RosterResource, *, masked: bool) -> None:
        self.words = _Words(resource, masked)

    def __call__(self, line: Line) -> str:
        parts = [line.key, line.label, *map(self.words.free, line.cells)]
        parts += [text for _heading, text in self.words.values(line)]
        parts += [text for _heading, *texts in self.words.changes(line.changes) for text in texts]
        parts += [remark.message for remark in (*line.errors, *line.notes)]
        parts += [text for one in line.candidates for text in (one.key, one.label)]
        return "\n".join(parts).lower()


def url_of(resource: RosterResource, pk: Any) -> str:
    """The page of an object; blank where there is none."""
    if pk is None or not resource.detail_url:
        return ""
    try:
        return reverse(resource.detail_url, args=[pk])
    except NoReverseMatch:
        return ""


class _Words:
    def __init__(self, resource: RosterResource, masked: bool) -> None:
        self.resource, self.masked = resource, masked
        self._known: dict[tuple[str, Any], str] = {}

    def values(self, line: Line) -> Iterator[tuple[str, str]]:
        for name, value in line.values.items():
            if name in (self.resource.key, self.resource.label_field):
                continue
            if name == self.resource.extra:
                yield from ((heading, self.free(text)) for heading, text in value.items())
            else:
                yield self.resource.fields[name].heading, self._one(name, value)

    def changes(self, given: dict[str, list[Any]]) -> Iterator[tuple[str, str, str]]:
        """(heading, old, new) of changes made, or of those left undone."""
        for name, (old, new) in given.items():
            if name == self.resource.extra:
                changed = [heading for heading in new if old.get(heading) != new[heading]]
                yield from ((one, self.free(old.get(one, "")), self.free(new[one])) for one in changed)
            else:
                yield self.resource.fields[name].heading, self._one(name, old), self._one(name, new)

    def free(self, text: str) -> str:
        return without_phones(text) if self.masked else text

    def _one(self, name: str, value: Any) -> str:
        """A value in words; the same one is worked out once."""
        key = (name, tuple(value) if isinstance(value, list) else value)
        if key not in self._known:
            declared = self.resource.fields[name]
            text = declared.widget.shown(value)
            self._known[key] = mask_phone(text) if self.masked and declared.sensitive else text
        return self._known[key]
