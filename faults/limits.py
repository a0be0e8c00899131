"""Ends of limits laid into the time of the run: limits are days, a run has minutes, so instants are moved."""

from __future__ import annotations

import json
import random
from datetime import datetime, timedelta
from pathlib import Path

import psycopg2

YELLOW, RED, ESCALATED = 1, 2, 3
MIRRORED = {"issue.accept": "accept_due_at", "issue.first_reply": "reply_due_at", "issue.resolve": "resolve_due_at"}


def lay(database: str, record: Path, begin: datetime, seconds: float, chance: random.Random) -> int:
    """Give every running clock three instants within the run, and write them down; how many clocks."""
    connection = psycopg2.connect(database)
    with connection, connection.cursor() as cursor, record.open("a") as out:
        cursor.execute("SELECT id, kind, owner_id FROM clocks_clock WHERE next_change_at IS NOT NULL ORDER BY id")
        clocks = [row for row in cursor.fetchall() if row[1] in MIRRORED]
        for clock, kind, owner in clocks:
            levels = _instants(kind, begin, seconds, chance)
            _store(cursor, clock, kind, owner, levels)
            said = {level: at.isoformat() for level, at in levels.items()}
            out.write(json.dumps({"clock": clock, "kind": kind, "due_at": said[RED], "levels": said}) + "\n")
    connection.close()
    return len(clocks)


def _instants(kind: str, begin: datetime, seconds: float, chance: random.Random) -> dict[int, datetime]:
    """Yellow somewhere in the run, red and escalation after it; an acceptance ends with red."""
    yellow = begin + timedelta(seconds=chance.uniform(0, 0.8 * seconds))
    red = yellow + timedelta(seconds=chance.uniform(0.02, 0.1) * seconds)
    escalated = red + timedelta(seconds=chance.uniform(0.02, 0.1) * seconds)
    levels = {YELLOW: yellow, RED: red}
    return levels if kind == "issue.accept" else levels | {ESCALATED: escalated}


def _store(cursor: psycopg2.extensions.cursor, clock: int, kind: str, owner: int, levels: dict[int, datetime]) -> None:
    cursor.execute(
        "UPDATE clocks_clock SET yellow_at = %s, due_at = %s, escalate_at = %s, next_change_at = %s WHERE id = %s",
        [levels[YELLOW], levels[RED], levels.get(ESCALATED), levels[YELLOW], clock],
    )
    cursor.execute(f"UPDATE issues_handling SET {MIRRORED[kind]} = %s WHERE id = %s", [levels[RED], owner])
