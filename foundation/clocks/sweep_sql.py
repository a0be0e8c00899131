"""The set-based statements of a sweep, the same text for PostgreSQL and SQLite but for the locking words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.utils.dateparse import parse_datetime

from foundation.clocks.kinds import Raised

_PICK_DUE = """
    SELECT id FROM clocks_clock
    WHERE kind = %s AND next_change_at <= %s
    ORDER BY next_change_at, id LIMIT %s{skip_locked}
"""
_PICK_IDS = """
    SELECT id FROM clocks_clock WHERE kind = %s AND next_change_at <= %s AND id IN ({ids})
"""
# A level never falls here: taking a colour back is the verbs' work, and a clock set back an hour changes nothing.
_ADVANCE = """
    WITH due AS MATERIALIZED ({pick})
    UPDATE clocks_clock SET
        level = CASE
            WHEN level = 3 OR escalate_at <= %s THEN 3
            WHEN level = 2 OR due_at <= %s THEN 2
            WHEN level = 1 OR yellow_at <= %s THEN 1
            ELSE 0 END,
        next_change_at = CASE
            WHEN yellow_at > %s THEN yellow_at
            WHEN due_at > %s THEN due_at
            WHEN escalate_at > %s THEN escalate_at END
    WHERE id IN (SELECT id FROM due)
    RETURNING id, owner_id
"""
_RAISE = """
    INSERT INTO clocks_warning (clock_id, level, due_at, raised_at)
    SELECT reached.id, reached.level, reached.due_at,
           CASE WHEN reached.at < reached.due_set_at THEN reached.due_set_at ELSE reached.at END
    FROM (
        SELECT c.id, c.due_at, c.due_set_at, step.level,
               CASE step.level WHEN 1 THEN c.yellow_at WHEN 2 THEN c.due_at ELSE c.escalate_at END AS at
        FROM clocks_clock c
        CROSS JOIN (SELECT 1 AS level UNION ALL SELECT 2 UNION ALL SELECT 3) step
        WHERE c.id IN ({ids})
    ) reached
    WHERE reached.at <= %s
    ORDER BY reached.at, reached.id, reached.level
    ON CONFLICT (clock_id, level, due_at) DO NOTHING
    RETURNING id, clock_id, level, due_at, raised_at
"""
_HOLD_AGAIN = """
    UPDATE clocks_warning SET cleared_at = NULL
    FROM clocks_clock c
    WHERE clocks_warning.clock_id = c.id AND c.id IN ({ids})
      AND clocks_warning.cleared_at IS NOT NULL
      AND clocks_warning.due_at = c.due_at AND clocks_warning.level <= c.level
"""


def advance_due(kind: str, at: datetime, limit: int) -> dict[int, int]:
    """Move the levels of up to `limit` due clocks, passing over rows somebody else holds; owner ids by clock id."""
    skip = " FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
    return _advance(_PICK_DUE.format(skip_locked=skip), [kind, _moment(at), limit], at)


def advance_ids(kind: str, at: datetime, ids: Sequence[int]) -> dict[int, int]:
    """Move the levels of these clocks where they are due; owner ids by clock id."""
    return _advance(with_ids(_PICK_IDS), [kind, _moment(at), as_list(ids)], at)


def raise_warnings(owners: Mapping[int, int], at: datetime) -> list[Raised]:
    """Write the warning of every level these clocks have passed; those that are new, in the order of their instants."""
    ids = as_list(owners)
    rows = _fetch(with_ids(_RAISE), [ids, _moment(at)])
    execute(with_ids(_HOLD_AGAIN), [ids])
    raised = [Raised(pk, clock, owners[clock], level, _aware(due), _aware(was)) for pk, clock, level, due, was in rows]
    return sorted(raised, key=lambda warning: (warning.at, warning.clock_id, warning.level))


def _advance(pick: str, parameters: list[Any], at: datetime) -> dict[int, int]:
    """Run the one update of a batch."""
    return dict(_fetch(_ADVANCE.format(pick=pick), [*parameters, *[_moment(at)] * 6]))


def with_ids(statement: str) -> str:
    """A statement whose {ids} takes one parameter, whatever the number of ids."""
    many = "SELECT unnest(%s::bigint[])" if connection.vendor == "postgresql" else "SELECT value FROM json_each(%s)"
    return statement.format(ids=many)


def as_list(ids: Iterable[int]) -> Any:
    """The one parameter that carries many ids."""
    return list(ids) if connection.vendor == "postgresql" else json.dumps(list(ids))


def _moment(at: datetime) -> Any:
    """An instant as the database stores it."""
    return connection.ops.adapt_datetimefield_value(at)


def _aware(value: Any) -> datetime:
    """An instant as Python means it; SQLite hands back text in UTC."""
    if isinstance(value, str):
        value = parse_datetime(value)
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _fetch(statement: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    """Run a statement that returns rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()


def execute(statement: str, parameters: list[Any]) -> None:
    """Run a statement that returns nothing."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
