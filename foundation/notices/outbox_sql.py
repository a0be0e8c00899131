"""Thousands of notices with their outgoing mail in two statements, for both databases but for a few words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

_NOTICES = {
    "postgresql": """jsonb_to_recordset(%s::jsonb) AS r(
        recipient_id bigint, kind text, subject text, body text, url text, key text, about jsonb,
        concerns jsonb, needs_ack boolean)""",
    "sqlite": """(SELECT json_extract(value, '$.recipient_id') AS recipient_id, json_extract(value, '$.kind') AS kind,
        json_extract(value, '$.subject') AS subject, json_extract(value, '$.body') AS body,
        json_extract(value, '$.url') AS url, json_extract(value, '$.key') AS key,
        json_extract(value, '$.about') AS about, json_extract(value, '$.concerns') AS concerns,
        json_extract(value, '$.needs_ack') AS needs_ack FROM json_each(%s)) AS r""",
}
_DELIVERIES = {
    "postgresql": """jsonb_to_recordset(%s::jsonb) AS r(
        notice_id bigint, channel text, urgent boolean, target text, said text)""",
    "sqlite": """(SELECT json_extract(value, '$.notice_id') AS notice_id, json_extract(value, '$.channel') AS channel,
        json_extract(value, '$.urgent') AS urgent, json_extract(value, '$.target') AS target,
        json_extract(value, '$.said') AS said FROM json_each(%s)) AS r""",
}
# PostgreSQL takes text for an instant only with its type; SQLite keeps instants as text.
_NOW = {"postgresql": "%s::timestamptz", "sqlite": "%s"}
_RANDOM_ID = {"postgresql": "gen_random_uuid()", "sqlite": "lower(hex(randomblob(16)))"}

_TELL = """
    INSERT INTO notices_notice
           (recipient_id, kind, subject, body, url, key, about, concerns, needs_ack, created_at)
    SELECT r.recipient_id, r.kind, r.subject, r.body, r.url, r.key, r.about, r.concerns, r.needs_ack, {now}
      FROM {rows} WHERE true
    ON CONFLICT (recipient_id, key) DO NOTHING RETURNING id, recipient_id, kind, key
"""
_QUEUE = """
    INSERT INTO notices_delivery (notice_id, channel, urgent, target, said, state, message_id, attempts,
                                  queued_at, next_attempt_at, error)
    SELECT r.notice_id, r.channel, r.urgent, r.target, r.said, 'queued', {random_id}, 0,
           {now}, CASE WHEN r.urgent THEN {now} ELSE {now} END, ''
      FROM {rows} WHERE true
    ON CONFLICT DO NOTHING
"""


class Told(NamedTuple):
    """A notice that was written just now."""

    notice_id: int
    recipient_id: int
    kind: str
    key: str


def tell(rows: Iterable[Mapping[str, object]], at: datetime) -> list[Told]:
    """Write the notices that were not said before. Rows map their columns."""
    statement = _TELL.format(now=_NOW[connection.vendor], rows=_NOTICES[connection.vendor])
    with connection.cursor() as cursor:
        cursor.execute(statement, [_moment(at), _packed(rows)])
        return [Told(*row) for row in cursor.fetchall()]


def queue(rows: Iterable[Mapping[str, object]], at: datetime, opens: datetime) -> None:
    """Put deliveries into the outbox; what a group was told already is left out. Rows map their columns.

    What is urgent may leave at once, the rest when messages may leave again.
    """
    vendor = connection.vendor
    statement = _QUEUE.format(random_id=_RANDOM_ID[vendor], now=_NOW[vendor], rows=_DELIVERIES[vendor])
    with connection.cursor() as cursor:
        cursor.execute(statement, [_moment(at), _moment(at), _moment(opens), _packed(rows)])


def _moment(at: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(at)


def _packed(rows: Iterable[Mapping[str, object]]) -> str:
    return json.dumps(list(rows), ensure_ascii=False)
