"""An installation on SQLite in one file, made while it is written to, and brought back."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tarfile
from contextlib import closing
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from promoter.accounts.models import Account
from promoter.operations import archives
from promoter.operations.archives import Unusable
from promoter.operations.models import Worker
from promoter.operations.restoring import restore
from surveys.models import SurveyEmail
from tests.conftest import NOW
from tests.harness.disk import full_disk
from tests.harness.processes import REPOSITORY, Leashed, wait_until
from tests.rows import make_rows

sqlite_only = pytest.mark.skipif(
    "DATABASE_URL" in os.environ, reason="these commands are SQLite's"
)
# Two rows in each transaction: half of one would show.
WRITER = """
import sqlite3, sys
link = sqlite3.connect(sys.argv[1], timeout=20)
for number in range(10**9):
    with link:
        link.execute("INSERT INTO pairs VALUES (?)", (number,))
        link.execute("INSERT INTO pairs VALUES (?)", (number,))
"""


def young_database(path: Path) -> Path:
    """A file in WAL mode that nobody has used, with the table of the writer's pairs."""
    with closing(sqlite3.connect(path)) as link:
        link.execute("PRAGMA journal_mode=WAL")
        link.execute("CREATE TABLE pairs (number)")
        link.execute("CREATE TABLE django_migrations (app, name)")
        link.commit()
    return path


def pairs_in(path: Path) -> list[int]:
    with closing(sqlite3.connect(path)) as link:
        rows = link.execute("SELECT count(*) FROM pairs GROUP BY number ORDER BY number")
        return [count for (count,) in rows]


def test_a_backup_is_one_moment_while_another_process_writes(tmp_path):
    database = young_database(tmp_path / "live.sqlite3")
    for name in ("imports/people.csv", "exports/answers.csv", "secret_key", "other"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    file = tmp_path / "backup.tar.gz"
    writer = Leashed([sys.executable, "-c", WRITER, str(database)], log=tmp_path / "log")
    try:
        wait_until(lambda: len(pairs_in(database)) > 20)
        before = len(pairs_in(database))
        archives.make(database=database, data_dir=tmp_path, file=file, now=NOW)
        after = wait_until(lambda: (now := len(pairs_in(database))) > before and now)
    finally:
        writer.kill()

    assert file.stat().st_mode & 0o777 == 0o600
    home = tmp_path / "new"
    restored = home / "promoter.sqlite3"
    assert restore(file=file, database=restored, data_dir=home, now=NOW) == []
    found = pairs_in(restored)
    assert set(found) == {2}
    assert before <= len(found) <= after
    for name in ("imports/people.csv", "exports/answers.csv", "secret_key"):
        assert (home / name).read_text() == name
    assert sorted(path.name for path in home.iterdir()) == [
        "exports", "imports", "promoter.sqlite3", "secret_key",
    ]  # fmt: skip
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_what_was_there_is_put_aside(tmp_path):
    database = young_database(tmp_path / "live.sqlite3")
    file = tmp_path / "backup.tar.gz"
    archives.make(database=database, data_dir=tmp_path, file=file, now=NOW)
    with closing(sqlite3.connect(database)) as link:
        link.execute("INSERT INTO pairs VALUES (1)")
        link.commit()
        [aside] = restore(file=file, database=database, data_dir=tmp_path, now=NOW)

    assert (pairs_in(aside), pairs_in(database)) == ([1], [])


def test_what_is_damaged_foreign_or_newer_is_not_restored(tmp_path):
    database = young_database(tmp_path / "live.sqlite3")
    file, target = tmp_path / "backup.tar.gz", tmp_path / "target.sqlite3"

    def told() -> str:
        with pytest.raises(Unusable) as refusal:
            restore(file=file, database=target, data_dir=tmp_path, now=NOW)
        assert not target.exists()
        return str(refusal.value)

    archives.make(database=database, data_dir=tmp_path, file=file, now=NOW)
    whole = file.read_bytes()
    with pytest.raises(FileExistsError):
        archives.make(database=database, data_dir=tmp_path, file=file, now=NOW)
    file.write_bytes(whole[: len(whole) // 2])
    assert "can't be read to its end" in told()
    file.write_bytes(b"hello")
    assert "can't be read to its end" in told()
    for name in ("../evil", "imports/../../evil", "/etc/evil", "imports/"):
        with tarfile.open(file, "w:gz") as archive:
            entry = tarfile.TarInfo(name)
            entry.size = 2
            archive.addfile(entry, BytesIO(b"{}"))
        assert "something else in it" in told()
    file.unlink()
    with closing(sqlite3.connect(database)) as link:
        link.execute("INSERT INTO django_migrations VALUES ('surveys', '9999_later')")
        link.commit()
    archives.make(database=database, data_dir=tmp_path, file=file, now=NOW)
    assert "newer Promoter than this one (surveys 9999_later)" in told()


def test_a_damaged_database_makes_no_backup(tmp_path):
    database = young_database(tmp_path / "live.sqlite3")
    with closing(sqlite3.connect(database)) as link:
        link.execute("CREATE TABLE child (of REFERENCES parent)")
        link.execute("CREATE TABLE parent (id PRIMARY KEY)")
        link.execute("INSERT INTO child VALUES (7)")
        link.commit()
    file = tmp_path / "backup.tar.gz"
    with pytest.raises(Unusable, match="A row of child points at a row of parent"):
        archives.make(database=database, data_dir=tmp_path, file=file, now=NOW)
    assert list(tmp_path.glob("backup*")) == []


def test_a_full_disk_makes_no_backup_and_says_so(tmp_path):
    database = young_database(tmp_path / "live.sqlite3")
    with full_disk(4_096), pytest.raises(Unusable, match="can't be copied: "):
        archives.make(
            database=database, data_dir=tmp_path, file=tmp_path / "backup.tar.gz", now=NOW
        )
    assert list(tmp_path.glob("*backup*")) == []


@sqlite_only
def test_an_installation_comes_back_and_mail_that_may_have_left_is_held(
    transactional_db, tmp_path, capsys
):
    rows = make_rows(7)
    SurveyEmail.objects.update(
        status="scheduled", due_at=timezone.now(), lease_until=None, sent_at=None
    )
    file, home = tmp_path / "backup.tar.gz", tmp_path / "home"
    call_command("backup", file)
    assert "holds everything as of now" in capsys.readouterr().out
    environment = os.environ | {
        "DATA_DIR": str(home),
        "DATABASE_URL": f"sqlite:///{home / 'promoter.sqlite3'}",
    }

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=REPOSITORY, env=environment, capture_output=True, text=True,
        )  # fmt: skip

    done = run("restore", str(file))
    assert done.returncode == 0, done.stderr
    assert "1 survey mail may have left already: it is uncertain" in done.stdout
    with closing(sqlite3.connect(home / "promoter.sqlite3")) as link:
        [(name,)] = link.execute("SELECT name FROM accounts_account WHERE name LIKE '% 7'")
        [(status,)] = link.execute("SELECT DISTINCT status FROM surveys_surveyemail")
    assert (name, status) == (rows[Account].name, "uncertain")

    again = run("restore", str(file))
    assert again.returncode == 1
    assert "is in use: nothing was restored. With --replace it is put aside" in again.stderr


@sqlite_only
def test_a_worker_at_work_keeps_the_database_where_it_is(transactional_db, tmp_path):
    now = timezone.now()
    worker = Worker.objects.create(name="celery@one", started_at=now, seen_at=now)
    file = tmp_path / "backup.tar.gz"
    call_command("backup", file)
    # One is named; the suite's own may have shown life here as well.
    with pytest.raises(CommandError, match=r"A worker is at work .*(celery@one|shared@)"):
        call_command("restore", file, replace=True)
    assert Worker.objects.filter(pk=worker.pk, seen_at__gt=now - timedelta(1)).exists()


@pytest.mark.skipif("DATABASE_URL" not in os.environ, reason="what PostgreSQL is told")
def test_postgresql_has_tools_of_its_own(db, tmp_path):
    for command in ("backup", "restore"):
        with pytest.raises(CommandError, match="pg_dump"):
            call_command(command, tmp_path / "file")
    assert connection.vendor == "postgresql"
