"""A ledger of a million cases: the measuring district with ten more years of closed ones, made once and kept."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction
from django.db.models import Model

from issues.models import Handling, Issue

YEARS = 10
MILLION = 1_000_000
# What may not be said twice gets the year; instants move back by it; everything else stays as it is.
CHANGED = {
    "issues_issue": {"id": "id + {top} * y", "number": "number || '-' || y", "submission_key": "gen_random_uuid()"},
    "issues_handling": {"id": "id + {top} * y", "issue_id": "issue_id + {top} * y"},
}


def add_years() -> None:
    """Copy what is closed, year by year, and the turns that departments had with it."""
    if Issue.objects.count() >= MILLION:
        return
    top = max(model.objects.order_by("-pk").values_list("pk", flat=True)[0] for model in (Issue, Handling))
    with transaction.atomic(), connection.cursor() as cursor:
        _copy(cursor, Handling, top, "issue_id IN (SELECT id FROM issues_issue WHERE closed_at IS NOT NULL)")
        _copy(cursor, Issue, top, "closed_at IS NOT NULL")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE issues_issue, issues_handling")


def _copy(cursor: Any, model: type[Model], top: int, which: str) -> None:
    table = model._meta.db_table
    columns = [str(field.column) for field in model._meta.concrete_fields]
    moved = {
        str(field.column): f"{field.column} - y * interval '1 year'"
        for field in model._meta.concrete_fields
        if field.get_internal_type() == "DateTimeField"
    }
    said = moved | {name: sql.format(top=top) for name, sql in CHANGED[table].items()}
    values = ", ".join(said.get(column, column) for column in columns)
    cursor.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) "
        f"SELECT {values} FROM {table}, generate_series(1, {YEARS}) y WHERE {which}"
    )
