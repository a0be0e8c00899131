"""What the pages show of a batch: one page of lines at a time, and each line in words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.urls import NoReverseMatch, reverse

from foundation.imports.lines import Line, Outcome, Remark
from foundation.imports.models import Batch, Chunk
from foundation.imports.resources import RosterResource
from foundation.ui.text import mask_phone

FIRST = 5  # values of a new object shown without unfolding
_MOBILE = re.compile(r"(?<!\d)1\d{10}(?!\d)")


def without_phones(text: str) -> str:
    """Text with the middle of every mobile number hidden."""
    return _MOBILE.sub(lambda match: mask_phone(match.group()), text)


class Lines(Sequence):
    """The lines of one outcome as a sequence that reads only the chunks a slice touches."""

    def __init__(self, batch: Batch, outcome: str) -> None:
        self.batch, self.outcome = batch, outcome

    def __len__(self) -> int:
        return self.batch.counts.get(self.outcome, 0)

    def __getitem__(self, wanted: Any) -> Any:
        if not isinstance(wanted, slice):
            return self[wanted : wanted + 1][0]
        start, stop, _step = wanted.indices(len(self))
        first = start // Chunk.SIZE
        chunks = self.batch.chunks.filter(outcome=self.outcome, number__gte=first, number__lte=(stop - 1) // Chunk.SIZE)
        lines = [line for chunk in chunks.order_by("number") for line in _with_keys(chunk)]
        return lines[start - first * Chunk.SIZE : stop - first * Chunk.SIZE]


def _with_keys(chunk: Chunk) -> list[Line]:
    """The lines of a chunk; created objects know their primary key once they are written."""
    lines = chunk.lines
    gone = set(chunk.undone)
    for at, key in enumerate(chunk.keys):
        lines[at].pk = None if at in gone else key
    return lines


def doubtful_lines(batch: Batch) -> list[Line]:
    """Lines that ask for confirmation, over all outcomes that are taken, in the file's order."""
    taken = batch.chunks.filter(doubtful__gt=0).exclude(outcome__in=[Outcome.DUPLICATE, Outcome.LEFT_OUT])
    return sorted(
        (line for chunk in taken for line in _with_keys(chunk) if line.doubtful), key=lambda line: line.number
    )


def refused_rows(batch: Batch, *, masked: bool) -> Iterator[list[str]]:
    """The refused rows as they came, each with its number and the reasons in front; `masked` hides phone numbers."""
    for chunk in batch.chunks.filter(outcome=Outcome.REFUSED).order_by("number"):
        for line in chunk.lines:
            reasons = "；".join(f"{error.column}：{error.message}" for error in line.errors)
            yield [str(line.number), reasons, *(map(without_phones, line.cells) if masked else line.cells)]


@dataclass
class Shown:
    """A line in words."""

    line: Line
    url: str
    cells: list[str]
    values: list[tuple[str, str]] = field(default_factory=list)
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    kept: list[tuple[str, str, str]] = field(default_factory=list)  # what the policy leaves as it is

    @property
    def first(self) -> list[tuple[str, str]]:
        return self.values[:FIRST]

    @property
    def rest(self) -> list[tuple[str, str]]:
        return self.values[FIRST:]

    @property
    def notes(self) -> list[Remark]:
        return self.line.notes


def shown(lines: Sequence[Line], resource: RosterResource, *, masked: bool) -> list[Shown]:
    """Lines for a page; `masked` hides the middle of phone numbers."""
    words = _Words(resource, masked)
    return [
        Shown(
            line,
            url_of(resource, line.pk),
            [without_phones(cell) for cell in line.cells] if masked else line.cells,
            list(words.values(line)),
            list(words.changes(line.changes)),
            list(words.changes(line.kept)),
        )
        for line in lines
    ]


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

    def values(self, line: Line) -> Iterator[tuple[str, str]]:
        for name, value in line.values.items():
            if name in (self.resource.key, self.resource.label_field):
                continue
            if name == self.resource.extra:
                yield from ((heading, self._free(text)) for heading, text in value.items())
            else:
                yield self.resource.fields[name].heading, self._one(name, value)

    def changes(self, given: dict[str, list[Any]]) -> Iterator[tuple[str, str, str]]:
        """(heading, old, new) of changes made, or of those left undone."""
        for name, (old, new) in given.items():
            if name == self.resource.extra:
                changed = [heading for heading in new if old.get(heading) != new[heading]]
                yield from ((one, self._free(old.get(one, "")), self._free(new[one])) for one in changed)
            else:
                yield self.resource.fields[name].heading, self._one(name, old), self._one(name, new)

    def _free(self, text: str) -> str:
        return without_phones(text) if self.masked else text

    def _one(self, name: str, value: Any) -> str:
        declared = self.resource.fields[name]
        text = declared.widget.shown(value)
        return mask_phone(text) if self.masked and declared.sensitive else text
