"""Many rows at once: COPY on PostgreSQL, Django's bulk statements elsewhere; and who points at a set of rows."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, cast

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models
from django.db.models import Field, Model
from django.utils import timezone

NULL = "\\N"
CHUNK = 1_000

Record = dict[str, Any]
Columns = dict[str, Sequence[Any]]


def insert(model: type[Model], columns: Columns, count: int, *, keys: bool = True) -> list[Any]:
    """Create `count` rows from {attribute: values} and return their primary keys; a None is the field's default.

    Without `keys` the database numbers the rows and nothing is returned.
    """
    if not count:
        return []
    fields = {_field(model, name): values for name, values in columns.items()}
    if connection.vendor == "postgresql":
        return _copy(model, fields, count, keys)
    objects = [model() for _ in range(count)]
    for field, values in fields.items():
        for item, value in zip(objects, values, strict=True):
            if value is not None:
                setattr(item, field.attname, value)
    model._base_manager.bulk_create(objects, batch_size=500)
    return [item.pk for item in objects]


def _copy(model: type[Model], given: dict[Field, Sequence[Any]], count: int, with_keys: bool) -> list[Any]:
    """COPY … FROM STDIN; the primary keys are drawn from the table's own sequence first."""
    fields = [field for field in model._meta.concrete_fields if not field.primary_key and not field.generated]
    columns = [_texts(field, given.get(field), count) for field in fields]
    with connection.cursor() as cursor:
        keys = _next_keys(cursor, model, count) if with_keys else []
        if with_keys:
            fields.insert(0, model._meta.pk)
            columns.insert(0, keys)
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator="\n").writerows(zip(*columns, strict=True))
        buffer.seek(0)
        with connection.wrap_database_errors:  # past Django's own cursor, its errors are wrapped by hand
            cursor.copy_expert(_copy_statement(model, fields), buffer)
    return keys


def _next_keys(cursor: Any, model: type[Model], count: int) -> list[Any]:
    cursor.execute(
        "SELECT nextval(of.name) FROM (SELECT pg_get_serial_sequence(%s, %s)::regclass AS name) of,"
        " generate_series(1, %s)",
        [_quoted(model._meta.db_table), model._meta.pk.column, count],
    )
    return [key for (key,) in cursor.fetchall()]


def _copy_statement(model: type[Model], fields: Sequence[Field]) -> str:
    columns = ", ".join(_quoted(field.column) for field in fields)
    # In these columns the text \N is that text: they have no null.
    texts = ", ".join(
        _quoted(f.column) for f in fields if not f.null and isinstance(f, models.CharField | models.TextField)
    )
    exact = f", FORCE_NOT_NULL ({texts})" if texts else ""
    return f"COPY {_quoted(model._meta.db_table)} ({columns}) FROM STDIN WITH (FORMAT csv, NULL '{NULL}'{exact})"


def _field(model: type[Model], name: str) -> Field:
    return cast("Field", model._meta.get_field(name))


def _quoted(name: str | None) -> str:
    """A table's or column's name for SQL; every concrete field has one."""
    assert name is not None
    return connection.ops.quote_name(name)


def _texts(field: Field, values: Sequence[Any] | None, count: int) -> list[str]:
    """A column as COPY reads it."""
    default = _text(field, _default(field))
    if values is None:
        return [default] * count
    if isinstance(field, models.JSONField):
        return [default if value is None else _text(field, value) for value in values]
    return [value if type(value) is str else default if value is None else _text(field, value) for value in values]


def _default(field: Field) -> Any:
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return timezone.now()
    return field.get_default()


def _text(field: Field, value: Any) -> str:
    """A value as COPY reads it."""
    if value is None:
        return NULL
    if isinstance(field, models.JSONField):
        return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)
    if isinstance(value, bool):
        return "t" if value else "f"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def update(model: type[Model], updates: Sequence[tuple[Any, Record]]) -> None:
    """Set each primary key's fields and count its `version` up; rows that change the same fields share a statement."""
    groups: dict[tuple[str, ...], list[tuple[Any, Record]]] = defaultdict(list)
    for key, record in updates:
        groups[tuple(sorted(record))].append((key, record))
    for names, rows in groups.items():
        _update_group(model, [_field(model, name) for name in names], names, rows)


def _update_group(
    model: type[Model], fields: Sequence[Field], names: Sequence[str], rows: Sequence[tuple[Any, Record]]
) -> None:
    stamps = [field for field in model._meta.concrete_fields if getattr(field, "auto_now", False)]
    now = timezone.now()
    sets = [f"{_quoted(field.column)} = %s" for field in (*fields, *stamps)]
    sets.append(f"{_quoted('version')} = {_quoted('version')} + 1")
    statement = (
        f"UPDATE {_quoted(model._meta.db_table)} SET {', '.join(sets)} WHERE {_quoted(model._meta.pk.column)} = %s"  # noqa: S608
    )
    stamped = [field.get_db_prep_save(now, connection) for field in stamps]
    parameters = [
        (*(_prepared(field, record[name]) for field, name in zip(fields, names, strict=True)), *stamped, key)
        for key, record in rows
    ]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            from psycopg2.extras import execute_batch

            with connection.wrap_database_errors:
                execute_batch(cursor.cursor, statement, parameters, page_size=500)
        else:
            cursor.executemany(statement, parameters)


def _prepared(field: Field, value: Any) -> Any:
    """A value for the database; a blank text is the empty string, another blank the field's default."""
    if value is None and not field.null:
        value = field.get_default()
    return field.get_db_prep_save(field.to_python(value), connection)


Dependents = dict[Any, dict[type[Model], list[Any]]]  # {primary key: {model: its rows that point at it}}


def dependents(model: type[Model], keys: Sequence[Any], *, ignoring: Sequence[str] = ()) -> Dependents:
    """What points at each of these rows, over every relation but those named."""
    found: Dependents = defaultdict(lambda: defaultdict(list))
    for relation in model._meta.get_fields(include_hidden=True):
        if not (relation.auto_created and not relation.concrete and (relation.one_to_many or relation.one_to_one)):
            continue
        if str(relation.get_accessor_name()) in ignoring:
            continue
        field = relation.field
        for start in range(0, len(keys), CHUNK):
            pointing = field.model._base_manager.filter(**{f"{field.name}__in": keys[start : start + CHUNK]})
            for key, row in pointing.order_by("pk").values_list(field.attname, "pk"):
                found[key][field.model].append(row)
    return found


def kind_of(model: type[Model]) -> str:
    """What people call a model; a hidden many-to-many table goes by the name of the field that made it."""
    owner: Any = model._meta.auto_created
    if owner:
        for field in owner._meta.many_to_many:
            if field.remote_field.through is model:
                return str(field.verbose_name)
    return str(model._meta.verbose_name)
