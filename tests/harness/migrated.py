"""Test databases begin as a copy of one that is migrated.

The migrations take five seconds of a processor, and a run of the suite makes a dozen
databases. They run once for each text of theirs: what they make is kept in DATA_DIR/tmp,
SQLite's file and PostgreSQL's dump, and restored once to each server that was started for
a run.

`python -m tests.harness.migrated COMMAND` is `manage.py COMMAND` that begins so.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import django
from django.apps import apps
from django.conf import settings
from django.core.management import execute_from_command_line
from django.db import connection

from promoter.lib.scratch import database_url
from tests.harness.postgres import installed_programs

REPOSITORY = Path(__file__).resolve().parents[2]


def begin_migrated() -> None:
    """From now on a test database of this process is copied, then migrated by nothing."""
    folder, name = _folder(), f"migrated_{_digest()}"
    if connection.vendor == "sqlite":
        _copy_from(migrated_file())
    elif "DATABASE_RESTART" in os.environ:
        # On a server that is somebody's nothing is left behind.
        with _alone(folder):
            _make_database(name, dump=folder / f"{name}.sql")
        connection.settings_dict["TEST"]["TEMPLATE"] = name


def migrated_file() -> Path:
    """An SQLite file that is migrated and has no rows, to be copied."""
    folder = _folder()
    with _alone(folder):
        return _file(folder, f"migrated_{_digest()}")


def _folder() -> Path:
    folder = Path(settings.DATA_DIR).resolve() / "tmp"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _digest() -> str:
    """Other migrations, or another Django, make another name."""
    found = sha256(django.__version__.encode())
    for app in apps.get_app_configs():
        for path in sorted(Path(app.path, "migrations").glob("*.py")):
            found.update(path.read_bytes())
    return found.hexdigest()[:16]


def _alone(folder: Path) -> Any:
    """Opened and locked: who else would make the same waits until this is closed."""
    lock = (folder / "migrated.lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def _file(folder: Path, name: str) -> Path:
    """The migrated file; under its name it is whole."""
    kept = folder / f"{name}.sqlite3"
    if not kept.exists():
        fresh = _fresh(kept)
        _migrate(f"sqlite:///{fresh}")
        fresh.rename(kept)
    return kept


def _fresh(kept: Path) -> Path:
    """Where it is made; those of other migrations go."""
    for older in kept.parent.glob("migrated_*"):
        if older.stem != kept.stem:
            older.unlink()
    return kept.with_stem("migrated_unfinished")


def _copy_from(kept: Path) -> None:
    create = connection.creation._create_test_db

    def create_as_copy(*args: Any, **options: Any) -> str:
        name = create(*args, **options)
        # A run that was killed left its log, which would be read into the copy.
        for rest in ("-wal", "-shm"):
            Path(f"{name}{rest}").unlink(missing_ok=True)
        shutil.copyfile(kept, name)
        return name

    connection.creation._create_test_db = create_as_copy


def _make_database(name: str, *, dump: Path) -> None:
    """A database that others are made from; under its name it is whole."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if cursor.fetchone() is None:
            cursor.execute("DROP DATABASE IF EXISTS migrated_unfinished")
            cursor.execute("CREATE DATABASE migrated_unfinished")
            parts = urlsplit(database_url())
            _fill(urlunsplit(parts._replace(path="/migrated_unfinished")), dump)
            cursor.execute(f"ALTER DATABASE migrated_unfinished RENAME TO {name}")
    connection.close()


def _fill(url: str, dump: Path) -> None:
    programs = installed_programs()
    if dump.exists():
        quietly = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1")
        command = [programs / "psql", *quietly, f"--file={dump}", url]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    else:
        _migrate(url)
        fresh = _fresh(dump)
        subprocess.run([programs / "pg_dump", f"--file={fresh}", url], check=True)
        fresh.rename(dump)


def _migrate(url: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=REPOSITORY,
        env=os.environ | {"DATABASE_URL": url},
        check=True,
    )


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "promoter.settings")
    django.setup()
    begin_migrated()
    execute_from_command_line(["manage.py", *sys.argv[1:]])
