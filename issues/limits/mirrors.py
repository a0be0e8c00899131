"""The columns that lists read, copied from the clocks: one statement per table and batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from foundation.clocks.sweep_sql import as_list, execute, with_ids
from issues.limits import timing

_COLUMN = {timing.ACCEPT: "accept_due_at", timing.FIRST_REPLY: "reply_due_at", timing.RESOLVE: "resolve_due_at"}

# Rows whose due instant did not move are left alone: a sweep changes levels, not deadlines.
_HANDLINGS = """
    UPDATE issues_handling SET {column} = c.due_at
    FROM clocks_clock c
    WHERE c.id IN ({{ids}}) AND issues_handling.id = c.owner_id
      AND (issues_handling.{column} IS NULL OR issues_handling.{column} <> c.due_at)
"""
# Of the clocks that run for a turn, the one due first gives the deadline and the worst gives the level. Only one turn
# of a case has clocks running, and it is the last one to be refreshed whenever a verb touches two.
_ISSUES = """
    WITH turns AS (
        SELECT DISTINCT owner_id FROM clocks_clock WHERE id IN ({ids})
    ), running AS (
        SELECT c.owner_id, c.kind, c.due_at, c.started_at, c.provisional,
               MAX(c.level) OVER (PARTITION BY c.owner_id) AS level,
               ROW_NUMBER() OVER (PARTITION BY c.owner_id ORDER BY c.due_at, c.id) AS place
        FROM turns t JOIN clocks_clock c ON c.owner_id = t.owner_id AND c.stopped_at IS NULL
         AND c.kind IN ('issue.accept', 'issue.first_reply', 'issue.resolve', 'issue.confirm')
    ), state AS (
        SELECT h.issue_id, r.level, r.due_at, r.kind, r.started_at, r.provisional
        FROM turns t
        JOIN issues_handling h ON h.id = t.owner_id
        LEFT JOIN running r ON r.owner_id = t.owner_id AND r.place = 1
    )
    UPDATE issues_issue SET
        level = COALESCE(s.level, 0),
        due_at = s.due_at,
        clock_kind = COALESCE(s.kind, ''),
        clock_started_at = s.started_at,
        due_provisional = COALESCE(s.provisional, FALSE)
    FROM state s
    WHERE issues_issue.id = s.issue_id
"""

_HELPING = """
    UPDATE issues_cohandling SET due_at = c.due_at, level = c.level
    FROM clocks_clock c
    WHERE c.id IN ({ids}) AND issues_cohandling.id = c.owner_id
"""


def refresh_helping(clock_ids: Sequence[int]) -> None:
    """Copy due instants and levels onto the departments that help."""
    execute(with_ids(_HELPING), [as_list(clock_ids)])


def refresher(kind: str) -> Callable[[Sequence[int]], None]:
    """What a kind's clocks do to the rows above them, for a batch of clock ids."""
    column = _COLUMN.get(kind)

    def refresh(clock_ids: Sequence[int]) -> None:
        """Copy due instants onto the turns, and the state of all running clocks onto the cases."""
        if column:
            execute(with_ids(_HANDLINGS.format(column=column)), [as_list(clock_ids)])
        execute(with_ids(_ISSUES), [as_list(clock_ids)])

    return refresh
