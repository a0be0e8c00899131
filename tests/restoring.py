"""What the migrations installed, brought back quickly after a test that committed for real."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import transaction

Rows = list[tuple[Any, ...]]
CELLS = 5_000  # in one statement


class Restorer:
    """The rows of every table as they stood when this was made.

    Django can do the same (`serialized_rollback`), but saves object by object: half a second for each such test.
    """

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.tables: list[tuple[str, Rows]] = []
        with connection.cursor() as cursor:
            for table in connection.introspection.django_table_names(only_existing=True, include_views=False):
                cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
                if rows := cursor.fetchall():
                    columns = ", ".join(connection.ops.quote_name(column[0]) for column in cursor.description)
                    self.tables.append((f"{connection.ops.quote_name(table)} ({columns})", rows))

    def restore(self, _serialized: str = "") -> None:
        """Write what is missing of the rows; foreign keys are checked at the end."""
        with (
            transaction.atomic(using=self.connection.alias),
            self.connection.constraint_checks_disabled(),
            self.connection.cursor() as cursor,
        ):
            for target, rows in self.tables:
                for some in batched(rows, CELLS // len(rows[0])):
                    row = f"({', '.join(['%s'] * len(rows[0]))})"
                    values = ", ".join([row] * len(some))
                    cells = [cell for row in some for cell in row]
                    cursor.execute(f"INSERT INTO {target} VALUES {values} ON CONFLICT DO NOTHING", cells)


def batched(rows: Rows, size: int) -> Iterator[Rows]:
    """The rows, `size` at a time."""
    return (rows[start : start + size] for start in range(0, len(rows), size))
