"""Insert many rows in one statement, at a fraction of what bulk_create takes.

bulk_create compiles SQL for each value of each row. Here the statement is made once: on
PostgreSQL the rows are one JSON text, on SQLite the driver repeats the statement. Rows
don't get their ids by it, and no field's own code is run: for plain columns only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.db import connection, transaction
from django.db.models import Field, JSONField, Model, QuerySet

_encode = msgspec.json.Encoder().encode


def insert(rows: Sequence[Model], *, conflict: str = "", known: bool = False) -> None:
    """Insert them in this order, all or none. `conflict` says what to do with those that
    are there already: `ignoring` or `replacing`. Else it raises IntegrityError. `known`
    rows have their ids and keep them."""
    if not rows:
        return
    fields = _fields(type(rows[0]), known=known)
    names = [field.attname for field in fields]
    values = [[getattr(row, name) for name in names] for row in rows]
    columns = ", ".join(_column(type(rows[0]), field.name) for field in fields)
    table = connection.ops.quote_name(type(rows[0])._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            json_at = [
                at for at, field in enumerate(fields) if isinstance(field, JSONField)
            ]
            holders = ", ".join(["%s"] * len(fields))
            # PostgreSQL's one statement is a transaction of its own.
            with transaction.atomic(savepoint=False):
                cursor.executemany(
                    f"INSERT INTO {table} ({columns}) VALUES ({holders}) {conflict}",  # noqa: S608
                    [_for_sqlite(each, json_at) for each in values],
                )
        else:
            picked = ", ".join(_picked(at, field) for at, field in enumerate(fields))
            cursor.execute(
                f"INSERT INTO {table} ({columns}) SELECT {picked} "  # noqa: S608
                "FROM jsonb_array_elements(%s::jsonb) WITH ORDINALITY AS list (item, at) "
                f"ORDER BY at {conflict}",
                [_encode(values).decode()],
            )


def take_ids(
    rows: Mapping[tuple[Any, ...], Model], found: QuerySet[Any], *, key: Sequence[str]
) -> None:
    """Give the rows, by their key, the ids that the database gave them."""
    for pk, *values in found.values_list("pk", *key):
        if (row := rows.get(tuple(values))) is not None:
            row.pk = pk
            row._state.adding = False


def ignoring() -> str:
    return "ON CONFLICT DO NOTHING"


def replacing(model: type[Model], *, key: Sequence[str], names: Sequence[str]) -> str:
    """Where the key is taken, these fields get the new values."""
    keys = ", ".join(_column(model, name) for name in key)
    news = ", ".join(
        f"{column} = excluded.{column}" for column in (_column(model, n) for n in names)
    )
    return f"ON CONFLICT ({keys}) DO UPDATE SET {news}"


def _fields(model: type[Model], *, known: bool) -> list[Field[Any, Any]]:
    return [
        field
        for field in model._meta.local_concrete_fields
        if (known or not field.primary_key) and not field.generated
    ]


def _column(model: type[Model], name: str) -> str:
    field: Any = model._meta.get_field(name)
    return connection.ops.quote_name(str(field.column))


def _picked(at: int, field: Field[Any, Any]) -> str:
    if isinstance(field, JSONField):
        return f"item->{at}"
    kind = field.rel_db_type(connection) if field.is_relation else field.db_type(connection)
    # A cast to varchar(n) would cut a text that is too long instead of refusing it.
    kind = "text" if str(kind).startswith("varchar") else str(kind)
    return f"(item->>{at})::{kind}"


def _for_sqlite(values: list[Any], json_at: list[int]) -> list[Any]:
    for at in json_at:
        values[at] = _encode(values[at]).decode()
    return [
        str(value.astimezone(UTC).replace(tzinfo=None))
        if isinstance(value, datetime)
        else value
        for value in values
    ]
