"""The set-based statements of a batch of warnings: whom they concern, and their events, whatever their number."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from foundation.clocks.sweep_sql import as_list, execute, with_ids
from issues.audiences import Subject

_SUBJECTS = """
    SELECT c.id, c.ladder_id, i.id, i.number, i.title, i.department_id, i.handler_id, i.enterprise_id, i.project_id,
           i.registered_by_id, i.channel
    FROM clocks_clock c JOIN issues_handling h ON h.id = c.owner_id JOIN issues_issue i ON i.id = h.issue_id
    WHERE c.id IN ({ids})
"""
_EVENTS = """
    INSERT INTO issues_event (issue_id, at, verb, actor, text, internal, data)
    SELECT h.issue_id, w.raised_at, %s, %s, %s, %s, {json}
    FROM clocks_warning w
    JOIN clocks_clock c ON c.id = w.clock_id
    JOIN issues_handling h ON h.id = c.owner_id
    WHERE w.id IN ({{ids}})
    ORDER BY w.id
"""


def subjects_of(clock_ids: Iterable[int]) -> dict[int, tuple[int, Subject]]:
    """Clock → the ladder it runs under, and the case it runs for."""
    with connection.cursor() as cursor:
        cursor.execute(with_ids(_SUBJECTS), [as_list(list(clock_ids))])
        return {pk: (ladder_id, Subject(*case)) for pk, ladder_id, *case in cursor.fetchall()}


def write_warning_events(
    warning_ids: Sequence[int], *, verb: str, actor: str, text: str, internal: bool, data: dict[str, Any]
) -> None:
    """The same event for each of these warnings, at the instant it was raised."""
    typed = "%s::jsonb" if connection.vendor == "postgresql" else "%s"
    statement = with_ids(_EVENTS.format(json=typed))
    execute(statement, [verb, actor, text, internal, json.dumps(data), as_list(warning_ids)])
