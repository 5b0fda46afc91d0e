"""Very many rows at once: copies of one that is there, made by the database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext

from django.db import connection, models

from surveys.seeding.unindexed import without_indexes

CHUNK = 500_000
# So many more, and the indexes are made anew rather than row by row.
MANY = 50_000


@contextmanager
def filling(tables: Sequence[type[models.Model]], count: int) -> Iterator[None]:
    """While so many rows are added; then the database knows what the tables are like."""
    with without_indexes(tables) if count >= MANY else nullcontext():
        yield
    tidy = "ANALYZE" if connection.vendor == "sqlite" else "VACUUM (ANALYZE)"
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            # Else all of every index is read for it.
            cursor.execute("PRAGMA analysis_limit = 1000")
        for model in tables:
            cursor.execute(f"{tidy} {model._meta.db_table}")


def copies(model: type[models.Model], pk: int, count: int, **values: str) -> None:
    """So many more; `values` are SQL by field, where {n} is a number of its own."""
    name = model._meta.db_table
    columns = [
        field.column
        for field in model._meta.concrete_fields
        if field.column != "id" and not field.generated
    ]
    with filling([model], count):
        for begin in range(0, count, CHUNK):
            more = min(CHUNK, count - begin)
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
