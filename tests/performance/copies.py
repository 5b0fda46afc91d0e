"""Very many rows at once: copies of one that is there, made by the database."""

from __future__ import annotations

from django.db import connection, models

CHUNK = 500_000


def copies(model: type[models.Model], pk: int, count: int, **values: str) -> None:
    """So many more; `values` are SQL by field, where {n} is a number of its own."""
    name = model._meta.db_table
    columns = [
        field.column
        for field in model._meta.concrete_fields
        if field.column != "id" and not field.generated
    ]
    while count > 0:
        more = min(CHUNK, count)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT max(id) FROM {name}")  # noqa: S608 - ours
            newest = cursor.fetchone()[0]
            chosen = (
                values.get(each, each).format(n=f"({newest} + i)") for each in columns
            )
            cursor.execute(
                f"INSERT INTO {name} ({', '.join(columns)}) "  # noqa: S608 - ours
                "WITH RECURSIVE n(i) AS "
                "(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %s) "
                f"SELECT {', '.join(chosen)} FROM {name}, n WHERE id = %s",
                [more, pk],
            )
        count -= more
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
