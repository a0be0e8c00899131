"""Mirroring clock columns onto owner rows in one statement: what a kind's `refresh` usually is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import connection, models

from foundation.clocks.models import Clock
from foundation.clocks.sweep_sql import as_list, execute, with_ids


def mirror(model: type[models.Model], clock_ids: Sequence[int], columns: Mapping[str, str]) -> None:
    """Copy clock fields onto the owners of these clocks: {"resolve_level": "level", "resolve_due_at": "due_at"}."""
    quote = connection.ops.quote_name
    pairs = ", ".join(f"{_column(model, own)} = c.{_column(Clock, theirs)}" for own, theirs in columns.items())
    table, key = quote(model._meta.db_table), _column(model, "pk")
    # Only names out of model metadata go into the text; every value is a parameter.
    target = f"UPDATE {table} SET {pairs} FROM clocks_clock c"  # noqa: S608
    statement = f"{target} WHERE c.id IN ({{ids}}) AND {table}.{key} = c.owner_id"
    execute(with_ids(statement), [as_list(clock_ids)])


def _column(model: type[models.Model], field: str) -> str:
    """A field's quoted column name."""
    found = model._meta.pk if field == "pk" else model._meta.get_field(field)
    if not isinstance(found, models.Field) or found.column is None:
        raise ValueError(f"{model._meta.label} has no column for {field}")
    return connection.ops.quote_name(found.column)
