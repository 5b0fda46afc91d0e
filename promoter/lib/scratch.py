"""A database to be spoilt: what is proved there touches nothing of the installation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection, connections


@contextmanager
def scratch_database(folder: Path) -> Iterator[None]:
    """An empty, migrated database beside the configured one, dropped at the end.

    SQLite's file lies in the folder; PostgreSQL's user needs the right to create databases.
    """
    before = connection.settings_dict["NAME"]
    beside = connection.settings_dict["TEST"]
    kept = beside["NAME"]
    beside["NAME"] = (
        str(folder / "scratch.sqlite3")
        if connection.vendor == "sqlite"
        else f"promoter_{folder.name}".replace("-", "_").lower()
    )
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connections.close_all()
        connection.creation.destroy_test_db(before, verbosity=0)
        beside["NAME"] = kept
