"""A database to be spoilt: what is proved there touches nothing of the installation."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path
from urllib.parse import quote

from django.db import DatabaseError, connection, connections


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
    # It speaks of the cache's table whatever the verbosity.
    with redirect_stdout(StringIO()):
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connections.close_all()
        connection.creation.destroy_test_db(before, verbosity=0)
        beside["NAME"] = kept


def keep_every_commit() -> None:
    """From the next connection on a commit outlives a crash of the server, however it was
    started; PostgreSQL only. The default, and what production must have."""
    name = connection.ops.quote_name(connection.settings_dict["NAME"])
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {name} SET synchronous_commit = on")


def restart(command: str, *, patience: float = 60) -> None:
    """Run the shell's command, wait until another server answers; PostgreSQL only.

    Raises TimeoutError when none does within `patience` seconds.
    """
    before = _started_at()
    subprocess.run(command, shell=True, check=True)  # noqa: S602 - the operator's own
    end = time.monotonic() + patience
    while time.monotonic() < end:
        try:
            if _started_at() != before:
                return
        except DatabaseError:
            connection.close()
        time.sleep(0.05)
    raise TimeoutError(f"The database did not come back within {patience:.0f} s.")


def _started_at() -> object:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_postmaster_start_time()")
        return cursor.fetchone()[0]


def database_url() -> str:
    """The test database's address, as another process must be told it."""
    values = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{Path(values['NAME']).resolve()}"
    user = quote(values["USER"], safe="")
    password = f":{quote(values['PASSWORD'], safe='')}" if values["PASSWORD"] else ""
    # The suite's own server listens on a socket, whose folder came as ?host= and stands
    # among the options.
    folder = values["OPTIONS"].get("host", "")
    host = "" if folder else quote(values["HOST"] or "localhost", safe="")
    port = f":{values['PORT']}" if values["PORT"] else ""
    query = f"?host={quote(folder, safe='')}" if folder else ""
    name = quote(values["NAME"], safe="")
    return f"postgresql://{user}{password}@{host}{port}/{name}{query}"
