"""The database as bytes: what its rows say, and what its files still hold."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.db import connection


def rows() -> Iterator[tuple[str, str]]:
    """Every table with the text of each row, as a dump would have them."""
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            name = connection.ops.quote_name(table)
            cursor.execute(f"SELECT * FROM {name}")  # noqa: S608 - the database's own
            for row in cursor:
                yield table, "\n".join(map(_text, row))


def files() -> Iterator[tuple[str, bytes]]:
    """The files of SQLite: the database and its write-ahead log, with all that was
    deleted and not yet overwritten. Nothing for PostgreSQL."""
    if connection.vendor != "sqlite":
        return
    database = Path(connection.settings_dict["NAME"])
    for path in (database, Path(f"{database}-wal")):
        if path.is_file():
            yield path.name, path.read_bytes()


def _text(value: object) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("latin-1")
    return str(value)
