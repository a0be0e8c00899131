"""The set-based statements of a sweep, of the same text for PostgreSQL and SQLite but for a few words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import connection

from foundation.clocks.kinds import Moved, Raised


class Advanced(NamedTuple):
    """What one batch of a sweep did: the clocks that moved, and their new warnings in the order of their instants."""

    moved: list[Moved]
    raised: list[Raised]


Row = tuple[Any, ...]
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
    WHERE id {picked}
    RETURNING id, owner_id, ladder_id, level, yellow_at, due_at, escalate_at, due_set_at
"""
_RAISE = """
    INSERT INTO clocks_warning (clock_id, level, due_at, raised_at)
    SELECT reached.id, reached.level, reached.due_at,
           CASE WHEN reached.at < reached.due_set_at THEN reached.due_set_at ELSE reached.at END
    FROM (
        SELECT c.id, c.due_at, c.due_set_at, step.level,
               CASE step.level WHEN 1 THEN c.yellow_at WHEN 2 THEN c.due_at ELSE c.escalate_at END AS at
        FROM {moved} c
        CROSS JOIN (SELECT 1 AS level UNION ALL SELECT 2 UNION ALL SELECT 3) step
    ) reached
    WHERE reached.at <= %s
    ORDER BY reached.at, reached.id, reached.level
    ON CONFLICT (clock_id, level, due_at) DO NOTHING
    RETURNING id, level, clock_id, due_at, raised_at
"""
# PostgreSQL takes both in one statement, so that no row is looked up twice. Every warning has its clock, so that a
# full join gives what a left join would; but it cannot be a nested loop, which is planned where one row is expected.
_BOTH = """
    WITH moved AS ({advance}), raised AS ({raising})
    SELECT m.id, m.owner_id, m.ladder_id, m.level, r.id, r.level, r.due_at, r.raised_at
    FROM moved m FULL JOIN raised r ON r.clock_id = m.id
    ORDER BY r.id
"""
_HOLD_AGAIN = """
    UPDATE clocks_warning SET cleared_at = NULL
    FROM clocks_clock c
    WHERE clocks_warning.clock_id = c.id AND c.id IN ({ids})
      AND clocks_warning.cleared_at IS NOT NULL
      AND clocks_warning.due_at = c.due_at AND clocks_warning.level <= c.level
"""


def advance_due(kind: str, at: datetime, limit: int) -> Advanced:
    """Move up to `limit` due clocks and write their warnings, passing over rows somebody else holds."""
    skip = " FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
    return _advance(_PICK_DUE.format(skip_locked=skip), [kind, _moment(at), limit], at)


def advance_ids(kind: str, at: datetime, ids: Sequence[int]) -> Advanced:
    """Move these clocks where they are due, and write their warnings."""
    return _advance(with_ids(_PICK_IDS), [kind, _moment(at), as_list(ids)], at)


def _advance(pick: str, parameters: list[Any], at: datetime) -> Advanced:
    """Move what is picked, and write the warning of every level it has passed: those that are new."""
    moment = _moment(at)
    both = _in_one if connection.vendor == "postgresql" else _in_two
    moved: dict[int, Moved] = {}
    raised: list[Raised] = []
    for *clock, warning_id, level, due_at, was in both(pick, [*[moment] * 6, *parameters], moment):
        clock_id, owner_id, ladder_id, _held = clock
        moved[clock_id] = Moved._make(clock)
        if warning_id is not None:
            raised.append(Raised(warning_id, clock_id, owner_id, ladder_id, level, due_at, was))
    # Where every level reached is new, no warning of it can have been cleared before.
    if len(raised) < sum(clock.level for clock in moved.values()):
        execute(with_ids(_HOLD_AGAIN), [as_list(moved)])
    return Advanced(list(moved.values()), raised)


def _in_one(pick: str, parameters: list[Any], at: Any) -> Iterator[Row]:
    """A row for every new warning, in the order they were written, and one for every clock without."""
    advance = _ADVANCE.format(picked=f"= ANY (ARRAY ({pick}))")
    return fetch(_BOTH.format(advance=advance, raising=_RAISE.format(moved="moved")), [*parameters, at])


def _in_two(pick: str, parameters: list[Any], at: Any) -> Iterator[Row]:
    """The same from a database that cannot insert what an update returns, and keeps instants as text."""
    moved = {row[0]: row[:4] for row in fetch(_ADVANCE.format(picked=f"IN ({pick})"), parameters)}
    table = with_ids("(SELECT * FROM clocks_clock WHERE id IN ({ids}))")
    new = sorted(fetch(_RAISE.format(moved=table), [as_list(moved), at]))
    for warning_id, level, clock_id, due_at, was in new:
        yield *moved[clock_id], warning_id, level, _aware(due_at), _aware(was)
    for clock_id in moved.keys() - {row[2] for row in new}:
        yield *moved[clock_id], None, None, None, None


def with_ids(statement: str) -> str:
    """A statement whose `IN ({ids})` takes one parameter, whatever the number of ids."""
    many = "= ANY (%s::bigint[])" if connection.vendor == "postgresql" else "IN (SELECT value FROM json_each(%s))"
    return statement.replace("IN ({ids})", many)


def as_list(ids: Iterable[int]) -> Any:
    """The one parameter that carries many ids."""
    # As text: the driver would quote each number, and the server read each as an expression.
    return f"{{{','.join(map(str, ids))}}}" if connection.vendor == "postgresql" else json.dumps(list(ids))


def _moment(at: datetime) -> Any:
    """An instant as the database stores it."""
    return connection.ops.adapt_datetimefield_value(at)


def _aware(value: datetime | str) -> datetime:
    """An instant that SQLite hands back in UTC without saying so, a computed one as text."""
    return (datetime.fromisoformat(value) if isinstance(value, str) else value).replace(tzinfo=UTC)


def fetch(statement: str, parameters: list[Any]) -> Iterator[Row]:
    """The rows a statement returns."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        yield from cursor


def execute(statement: str, parameters: list[Any]) -> None:
    """Run a statement that returns nothing."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
