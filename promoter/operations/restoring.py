"""Put what an archive holds in the place of what is there; nothing is overwritten."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from django.db.migrations.loader import MigrationLoader

from promoter.operations.archives import DATABASE, FOLDERS, SECRET, Unusable, unpacked
from promoter.operations.signs import SILENT_AFTER

# Of two tables that have a row once somebody has used an installation.
IN_USE = (
    "SELECT id FROM accounts_user LIMIT 1",
    "SELECT id FROM accounts_account LIMIT 1",
)
Applied = set[tuple[str, str]]


def is_in_use(database: Path) -> bool:
    """Whether somebody's work is in it: not in one that is missing or just migrated."""
    return any(_rows(database, query) for query in IN_USE)


def workers_seen_since(database: Path, moment: datetime) -> list[str]:
    """The workers that the database heard of since then."""
    since = moment.strftime("%Y-%m-%d %H:%M:%S")
    found = _rows(database, "SELECT name, seen_at FROM operations_worker")
    return [name for name, seen_at in found if seen_at >= since]


def _rows(database: Path, query: str) -> list[tuple[str, ...]]:
    """None where there is no such table, or no file."""
    if not database.is_file():
        return []
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as link:
        try:
            return link.execute(query).fetchall()
        except sqlite3.OperationalError:
            return []


def restore(*, file: Path, database: Path, data_dir: Path, now: datetime) -> list[Path]:
    """Move the archive's files to their places; where what was there has been moved.

    Everything that uses the database must have stopped. Raises Unusable, before anything
    was moved.
    """
    workers = workers_seen_since(database, now - SILENT_AFTER)
    if workers:
        raise Unusable(
            f"A worker is at work on the database here ({workers[0]}). Stop web, workers "
            f"and beat; one that was killed is forgotten after {SILENT_AFTER.seconds} s."
        )
    database.parent.mkdir(parents=True, exist_ok=True)
    with unpacked(file, beside=database.parent) as folder:
        _check_version(folder / DATABASE)
        aside = _put_aside(database, now)
        os.replace(folder / DATABASE, database)
        for name in FOLDERS:
            for path in sorted((folder / name).glob("*")):
                (data_dir / name).mkdir(mode=0o700, parents=True, exist_ok=True)
                os.replace(path, data_dir / name / path.name)
        key = folder / SECRET
        if key.is_file():
            aside += _put_aside(data_dir / SECRET, now)
            os.replace(key, data_dir / SECRET)
    return aside


def _check_version(database: Path) -> None:
    """An older program can't read what a newer one wrote."""
    loader = MigrationLoader(None)
    disk = loader.disk_migrations
    known: Applied = set(disk) | {each for one in disk.values() for each in one.replaces}
    applied = _rows(database, "SELECT app, name FROM django_migrations")
    newer = [
        f"{app} {name}"
        for app, name in applied
        if app in loader.migrated_apps and (app, name) not in known
    ]
    if newer:
        raise Unusable(
            f"It is of a newer Promoter than this one ({newer[-1]}). Install that first."
        )


def _put_aside(path: Path, now: datetime) -> list[Path]:
    """Out of the way, with SQLite's companions, which belong to no other database."""
    moved = []
    for each in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        if each.exists():
            target = Path(f"{path}.before-{now:%Y%m%d-%H%M%S}{each.name[len(path.name) :]}")
            each.rename(target)
            moved.append(target)
    return moved[:1]
