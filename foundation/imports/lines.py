"""What one row of a file becomes, and how a list of them is kept."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple


class Outcome(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"  # differs from the stock, and the batch's policy leaves the stock as it is
    DUPLICATE = "duplicate"
    CANDIDATE = "candidate"  # perhaps an object of the stock under another name or code: held back until somebody says
    TO_CONFIRM = "to_confirm"  # doubtful, and held back until somebody confirms it
    REFUSED = "refused"
    LEFT_OUT = "left_out"  # subtotals, signatures, repeated headings
    MISSING = "missing"  # no row: an object of the stock that a full roster does not name
    RETURNED = "returned"  # no further row: an object named again that an earlier full roster did not name


BESIDE = (Outcome.MISSING, Outcome.RETURNED)  # lines about the stock, not rows of the file


@dataclass(slots=True)
class Remark:
    """Something about one cell: an error, or a note that a person should see."""

    column: str
    code: str
    message: str
    doubtful: bool = False


class Candidate(NamedTuple):
    """An object of the stock that a row may be about under another name or code, and why."""

    pk: Any
    key: str
    label: str
    reason: str


@dataclass(slots=True)
class Line:
    """One row of the file and what becomes of it; `values` if it is new, `changes` {name: [old, new]} if not.

    `kept` has the same shape: what the file says otherwise and the batch's policy leaves as it is.
    """

    number: int
    outcome: Outcome
    key: str = ""
    label: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    changes: dict[str, list[Any]] = field(default_factory=dict)
    errors: list[Remark] = field(default_factory=list)
    notes: list[Remark] = field(default_factory=list)
    pk: Any = None
    version: int = 0
    cells: list[str] = field(default_factory=list)
    kept: dict[str, list[Any]] = field(default_factory=dict)
    candidates: list[Candidate] = field(default_factory=list)

    @property
    def doubtful(self) -> bool:
        return any(note.doubtful for note in self.notes)


_PARTS = (
    "number", "key", "label", "values", "changes", "errors", "notes", "pk", "version", "cells", "kept", "candidates",
)  # fmt: skip
KEY, VALUES, NOTES = (_PARTS.index(part) for part in ("key", "values", "notes"))


def pack(lines: Sequence[Line]) -> bytes:
    """Lines of one outcome as compressed JSON: the names of the values once, then a list per line."""
    names = list(dict.fromkeys(name for line in lines for name in line.values))
    records = [
        [
            line.number,
            line.key,
            line.label,
            [line.values.get(name) for name in names],
            line.changes,
            [_parts(remark) for remark in line.errors],
            [_parts(remark) for remark in line.notes],
            line.pk,
            line.version,
            line.cells,
            line.kept,
            line.candidates,
        ]
        for line in lines
    ]
    text = json.dumps({"names": names, "lines": records}, ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(text.encode(), 1)


def _parts(remark: Remark) -> list[Any]:
    return [remark.column, remark.code, remark.message, remark.doubtful]


def unpack(packed: bytes, outcome: Outcome) -> list[Line]:
    """The lines that `pack` wrote."""
    kept = json.loads(zlib.decompress(packed))
    return [_line(record, kept["names"], outcome) for record in kept["lines"]]


def _line(record: list[Any], names: Sequence[str], outcome: Outcome) -> Line:
    parts = dict(zip(_PARTS, record, strict=False))  # lines kept before a part was added are shorter
    given = zip(names, parts["values"], strict=True)
    parts["values"] = {name: value for name, value in given if value is not None}
    parts["errors"] = [Remark(*remark) for remark in parts["errors"]]
    parts["notes"] = [Remark(*remark) for remark in parts["notes"]]
    parts["candidates"] = [Candidate(*one) for one in parts.get("candidates", ())]
    return Line(outcome=outcome, **parts)


class Columns(NamedTuple):
    """Lines turned sideways: all that creating 20,000 objects needs."""

    keys: list[str]
    values: dict[str, list[Any]]
    suspects: set[str]  # the keys of the doubtful ones


def columns(packed: bytes) -> Columns:
    """The keys of packed lines, and their values column by column."""
    kept = json.loads(zlib.decompress(packed))
    records = kept["lines"]
    rows = zip(*(record[VALUES] for record in records), strict=True)
    return Columns(
        [record[KEY] for record in records],
        {name: list(row) for name, row in zip(kept["names"], rows, strict=True)},
        {record[KEY] for record in records if any(note[-1] for note in record[NOTES])},
    )
