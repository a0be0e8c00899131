"""The set-based statements of a batch of warnings: the cases' levels, and their events, whatever their number."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from foundation.clocks.kinds import Moved
from foundation.clocks.sweep_sql import as_list, execute, fetch, with_ids
from issues.limits.audiences import Subject

_TURNS = "SELECT id, issue_id FROM issues_handling WHERE id IN ({ids})"
# A sweep raises levels and moves no deadline: the case shows a worse one already, or this is now the worst.
_RISE = f"""
    UPDATE issues_issue SET level = CASE WHEN level < %s THEN %s ELSE level END
    WHERE id IN ({{ids}})
    RETURNING id, {", ".join(Subject._fields[1:])}
"""  # noqa: S608 - column names
# Which case gets which of a few texts, and the texts.
_EVENTS = """
    INSERT INTO issues_event (issue_id, at, verb, actor, text, internal, data)
    SELECT r.issue_id, s.at, s.verb, s.actor, s.text, s.internal, s.data FROM {rows} JOIN {says} ON s.place = r.place
    ORDER BY r.number
"""
_ROWS = {
    "postgresql": "unnest(%s::bigint[], %s::int[]) WITH ORDINALITY AS r(issue_id, place, number)",
    "sqlite": """(SELECT i.value AS issue_id, p.value AS place, i.key AS number
        FROM json_each(%s) i JOIN json_each(%s) p ON p.key = i.key) AS r""",
}
_SAYS = {
    "postgresql": """jsonb_to_recordset(%s::jsonb)
        AS s(place int, at timestamptz, verb text, actor text, text text, internal boolean, data jsonb)""",
    "sqlite": """(SELECT json_extract(value, '$.place') AS place, json_extract(value, '$.at') AS at,
        json_extract(value, '$.verb') AS verb, json_extract(value, '$.actor') AS actor,
        json_extract(value, '$.text') AS text, json_extract(value, '$.internal') AS internal,
        json_extract(value, '$.data') AS data FROM json_each(%s)) AS s""",
}


class Said(NamedTuple):
    """What an event says, whichever case it belongs to."""

    at: datetime
    verb: str
    actor: str
    text: str
    internal: bool
    data: tuple[tuple[str, str], ...]

    def as_row(self, place: int) -> dict[str, object]:
        """What the statement reads."""
        at = str(connection.ops.adapt_datetimefield_value(self.at))
        return {**self._asdict(), "place": place, "at": at, "data": dict(self.data)}


def rise(moved: Iterable[Moved]) -> dict[int, Subject]:
    """Let cases show the levels their clocks have risen to, a statement for each level; turn → its case."""
    levels = {clock.owner_id: clock.level for clock in moved}
    turns: dict[int, int] = dict(fetch(with_ids(_TURNS), [as_list(levels)]))
    risen: dict[int, list[int]] = defaultdict(list)
    for turn, issue_id in turns.items():
        risen[levels[turn]].append(issue_id)
    cases: dict[int, Subject] = {}
    for level, ids in sorted(risen.items()):
        cases |= {row[0]: Subject(*row) for row in fetch(with_ids(_RISE), [level, level, as_list(ids)])}
    return {turn: cases[issue_id] for turn, issue_id in turns.items()}


def write_events(events: Iterable[tuple[int, Said]]) -> None:
    """The events of (case, what it says), in this order and in one statement; many cases say the same."""
    places: dict[Said, int] = {}
    issue_ids, numbers = [], []
    for issue_id, said in events:
        issue_ids.append(issue_id)
        numbers.append(places.setdefault(said, len(places)))
    if not places:
        return
    vendor = connection.vendor
    says = json.dumps([said.as_row(place) for said, place in places.items()])
    statement = _EVENTS.format(rows=_ROWS[vendor], says=_SAYS[vendor])
    execute(statement, [as_list(issue_ids), as_list(numbers), says])
