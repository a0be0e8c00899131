"""Thousands of notices with their outgoing mail in two statements, for both databases but for a few words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import connection

_ROWS = {
    "postgresql": """jsonb_to_recordset(%s::jsonb) AS r(
        recipient_id bigint, kind text, subject text, body text, url text, key text, about jsonb,
        concerns jsonb, needs_ack boolean)""",
    "sqlite": """(SELECT json_extract(value, '$.recipient_id') AS recipient_id, json_extract(value, '$.kind') AS kind,
        json_extract(value, '$.subject') AS subject, json_extract(value, '$.body') AS body,
        json_extract(value, '$.url') AS url, json_extract(value, '$.key') AS key,
        json_extract(value, '$.about') AS about, json_extract(value, '$.concerns') AS concerns,
        json_extract(value, '$.needs_ack') AS needs_ack FROM json_each(%s)) AS r""",
}
_RANDOM_ID = {"postgresql": "gen_random_uuid()", "sqlite": "lower(hex(randomblob(16)))"}
_IDS = {"postgresql": "= ANY(%s)", "sqlite": "IN (SELECT value FROM json_each(%s))"}

_TELL = """
    INSERT INTO notices_notice
           (recipient_id, kind, subject, body, url, key, about, concerns, needs_ack, created_at)
    SELECT r.recipient_id, r.kind, r.subject, r.body, r.url, r.key, r.about, r.concerns, r.needs_ack, {now}
      FROM {rows} WHERE true
    ON CONFLICT (recipient_id, key) DO NOTHING RETURNING id
"""
_QUEUE = """
    INSERT INTO notices_delivery (notice_id, channel, state, message_id, attempts, next_attempt_at, error)
    SELECT n.id, 'email', 'queued', {random_id}, 0, n.created_at, ''
    FROM notices_notice n JOIN accounts_user u ON u.id = n.recipient_id
    WHERE n.id {ids} AND u.is_active AND u.notify_by_email AND u.email <> ''
"""


def tell(rows: Iterable[Mapping[str, object]], at: datetime) -> list[int]:
    """Write the notices that were not said before; their ids. Rows map their columns."""
    vendor = connection.vendor
    # PostgreSQL takes text for an instant only with its type; SQLite keeps instants as text.
    now = "%s::timestamptz" if vendor == "postgresql" else "%s"
    statement = _TELL.format(now=now, rows=_ROWS[vendor])
    with connection.cursor() as cursor:
        moment = connection.ops.adapt_datetimefield_value(at)
        cursor.execute(statement, [moment, json.dumps(list(rows), ensure_ascii=False)])
        return [pk for (pk,) in cursor.fetchall()]


def queue_mail(notice_ids: list[int]) -> None:
    """Queue a mail for each notice whose recipient wants mail and has an address."""
    vendor = connection.vendor
    statement = _QUEUE.format(random_id=_RANDOM_ID[vendor], ids=_IDS[vendor])
    with connection.cursor() as cursor:
        cursor.execute(statement, [notice_ids if vendor == "postgresql" else json.dumps(notice_ids)])
