"""One file that holds an installation on SQLite: its database and the files beside it.

A gzipped tar with a list of contents, so that any tar program opens it. It is checked
when it is made and again before anything of it is used.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

CONTENTS = "contents.json"
DATABASE = "database.sqlite3"
# Of DATA_DIR: what people have uploaded and not yet fetched, and the key of `make run`.
FOLDERS = ("imports", "exports")
SECRET = "secret_key"  # noqa: S105 - the file's name
FORMAT = 1
# Bytes compressed for seconds of work: a higher level is several times slower.
COMPRESSION = 3
BLOCK = 1 << 20


class Unusable(Exception):
    """The archive, or the database in it, can't be used; the text says why."""


def make(*, database: Path, data_dir: Path, file: Path, now: datetime) -> int:
    """Write the archive, checked, readable by its owner alone; its size in bytes.

    Nobody has to stop: the copy is the database as of one moment. Files are read after
    it: one that is removed meanwhile is missing from it, and its job says so. Raises
    Unusable for a damaged database or one that can't be copied, FileExistsError, OSError.
    """
    if file.exists():
        raise FileExistsError(f"{file} is there already.")
    part = file.with_name(file.name + ".part")
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".backup-") as folder:
        copy = Path(folder) / DATABASE
        _copy(database, copy)
        check(copy)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as raw:
                with tarfile.open(
                    fileobj=raw, mode="w:gz", compresslevel=COMPRESSION
                ) as archive:
                    _fill(archive, copy, data_dir, now)
                raw.flush()
                os.fsync(raw.fileno())
            read_contents(part)
            part.rename(file)
        finally:
            part.unlink(missing_ok=True)
    return file.stat().st_size


def _copy(database: Path, copy: Path) -> None:
    """By SQLite's online backup, in one step: readers don't keep writers waiting in WAL,
    and with several steps a busy writer would have it begin anew for ever. Raises
    Unusable."""
    source = f"file:{database}?mode=ro"
    try:
        with (
            closing(sqlite3.connect(source, uri=True, timeout=20)) as ours,
            closing(sqlite3.connect(copy)) as theirs,
        ):
            ours.backup(theirs)
            theirs.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        # Also where the disk is full, of which SQLite makes no OSError.
        raise Unusable(f"The database can't be copied: {error}.") from None


def check(database: Path) -> None:
    """Raises Unusable when the file is no sound database."""
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as link:
            [(verdict,), *_rest] = link.execute("PRAGMA integrity_check(1)").fetchall()
            orphan = link.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.DatabaseError as error:
        raise Unusable(f"The database can't be read: {error}.") from None
    if verdict != "ok":
        raise Unusable(f"The database is damaged: {verdict}.")
    if orphan:
        raise Unusable(f"A row of {orphan[0]} points at a row of {orphan[2]} that is gone.")


def _fill(archive: tarfile.TarFile, copy: Path, data_dir: Path, now: datetime) -> None:
    rows: dict[str, Any] = {}
    _add(archive, DATABASE, copy, rows)
    # Each as it is at one moment: a worker may be writing it.
    still = copy.with_name("still")
    for name, path in _files(data_dir):
        with contextlib.suppress(FileNotFoundError):
            shutil.copyfile(path, still)
            _add(archive, name, still, rows)
    text = json.dumps(
        {"format": FORMAT, "made_at": now.isoformat(), "files": rows}, indent=1
    ).encode()
    with tempfile.TemporaryFile() as last:
        last.write(text)
        last.seek(0)
        entry = tarfile.TarInfo(CONTENTS)
        entry.size, entry.mode = len(text), 0o600
        archive.addfile(entry, last)


def _add(archive: tarfile.TarFile, name: str, path: Path, rows: dict[str, Any]) -> None:
    with path.open("rb") as file:
        digest = _digest_of(file)
    archive.add(path, name, recursive=False, filter=_anonymous)
    rows[name] = {"sha256": digest, "bytes": path.stat().st_size}


def _files(data_dir: Path) -> Iterator[tuple[str, Path]]:
    for folder in FOLDERS:
        for path in sorted((data_dir / folder).glob("*")):
            if path.is_file() and not path.is_symlink():
                yield f"{folder}/{path.name}", path
    if (data_dir / SECRET).is_file():
        yield SECRET, data_dir / SECRET


def _anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o600
    return entry


def read_contents(file: Path) -> dict[str, Any]:
    """The list of contents, once every file in it has been found and is what it was.
    Raises Unusable."""
    found: dict[str, str] = {}
    contents: dict[str, Any] = {}
    try:
        with tarfile.open(file) as archive:
            for entry in archive:
                body = archive.extractfile(entry)
                if body is None or not _is_expected(entry.name):
                    raise Unusable(f"There is something else in it: {entry.name[:80]!r}.")
                if entry.name == CONTENTS:
                    contents = json.load(body)
                else:
                    found[entry.name] = _digest_of(body)
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        raise Unusable(f"It can't be read to its end: {error}.") from None
    listed = {name: row["sha256"] for name, row in contents.get("files", {}).items()}
    if contents.get("format") != FORMAT or DATABASE not in listed:
        raise Unusable("It is no backup of Promoter.")
    if listed != found:
        raise Unusable("A file in it is missing or is not what it was.")
    return contents


def _is_expected(name: str) -> bool:
    folder, slash, rest = name.partition("/")
    if not slash:
        return name in {CONTENTS, DATABASE, SECRET}
    return folder in FOLDERS and bool(rest) and "/" not in rest and rest not in {".", ".."}


def _digest_of(body: Any) -> str:
    digest = hashlib.sha256()
    while block := body.read(BLOCK):
        digest.update(block)
    return digest.hexdigest()


@contextmanager
def unpacked(file: Path, *, beside: Path) -> Iterator[Path]:
    """A folder on the same disk as `beside` with the archive's files, for a while. What
    is moved out of it stays. Raises Unusable."""
    read_contents(file)
    with tempfile.TemporaryDirectory(dir=beside, prefix=".restore-") as folder:
        with tarfile.open(file) as archive:
            archive.extractall(folder, filter="data")
        check(Path(folder) / DATABASE)
        yield Path(folder)
