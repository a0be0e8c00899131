"""Which lines of a batch a page is about: one page of a tab, what a search finds, one row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from foundation.imports import reading
from foundation.imports.engine import UNTAKEN
from foundation.imports.lines import BESIDE, Line
from foundation.imports.models import Batch, Chunk

DOUBTFUL = "doubtful"  # a tab across the outcomes: what waits for confirmation and what was confirmed


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


def of_tab(batch: Batch, tab: str) -> Sequence[Line]:
    """The lines of a tab in the file's order."""
    return doubtful_lines(batch) if tab == DOUBTFUL else Lines(batch, tab)


def doubtful_lines(batch: Batch) -> list[Line]:
    """Lines that ask for confirmation, over all outcomes that are taken, in the file's order."""
    taken = batch.chunks.filter(doubtful__gt=0).exclude(outcome__in=UNTAKEN)
    return sorted(
        (line for chunk in taken for line in _with_keys(chunk) if line.doubtful), key=lambda line: line.number
    )


def lines_of_outcome(batch: Batch, outcome: str) -> Iterator[Line]:
    """All lines of an outcome in the file's order."""
    for chunk in batch.chunks.filter(outcome=outcome).order_by("number").iterator(chunk_size=20):
        yield from _with_keys(chunk)


def search(batch: Batch, tab: str, searched: Callable[[Line], str], *, text: str = "", reason: str = "") -> list[Line]:
    """The lines of a tab that show every word of `text`, and that have the `reason` ("column|code")."""
    words = text.lower().split()
    lines: Sequence[Line] | Iterator[Line] = doubtful_lines(batch) if tab == DOUBTFUL else lines_of_outcome(batch, tab)
    if reason:
        lines = (line for line in lines if _has(line, reason))
    return [line for line in lines if not words or _shows(searched(line), words)]


def _shows(text: str, words: Sequence[str]) -> bool:
    return all(word in text for word in words)


def _has(line: Line, reason: str) -> bool:
    return any(f"{remark.column}|{remark.code}" == reason for remark in (*line.errors, *line.notes))


def line_of(batch: Batch, number: int) -> Line | None:
    """One row of the file as it was judged."""
    for chunk in batch.chunks.exclude(outcome__in=BESIDE).order_by("outcome", "number").iterator(chunk_size=20):
        for line in _with_keys(chunk):
            if line.number == number:
                return line
    return None


def original_cells(batch: Batch, number: int, line: Line | None = None) -> list[Any] | None:
    """One row as it came, before anything was corrected; read from the file where the lines do not keep it."""
    line = line or line_of(batch, number)
    if line is None:
        return None
    if not line.cells:
        return reading.cells_of(batch, number)
    cells: list[Any] = list(line.cells)
    for column, was in batch.edits.filter(row=number).values_list("column", "was"):
        if column < len(cells):
            cells[column] = was
    return cells
