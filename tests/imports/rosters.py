"""Bringing in a roster of any kind in one call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from foundation.imports import actions
from foundation.imports.lines import Line, Outcome
from foundation.imports.models import Batch
from tests.imports.files import xlsx


def read(resource: str, rows: Sequence[Sequence[Any]], by: Any) -> Batch:
    """The batch of these rows, previewed."""
    batch = actions.open_batch(file=xlsx(rows), resource=resource, by=by, queue=False)
    return actions.preview(batch=batch)


def bring_in(resource: str, rows: Sequence[Sequence[Any]], by: Any, *, skip_errors: bool = False) -> Batch:
    """The batch of these rows, committed."""
    return actions.commit(batch=read(resource, rows, by), by=by, skip_errors=skip_errors)


def lines(batch: Batch, outcome: Outcome) -> list[Line]:
    """The lines of one outcome in the file's order."""
    return [line for chunk in batch.chunks.filter(outcome=outcome).order_by("number") for line in chunk.lines]


def errors(batch: Batch) -> list[tuple[int, str]]:
    """(row number, code) of every refusal."""
    return [(line.number, error.code) for line in lines(batch, Outcome.REFUSED) for error in line.errors]
