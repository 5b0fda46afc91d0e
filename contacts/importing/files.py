"""The files of an import: the uploaded one, the one of rejected rows, and between two
turns of a worker whom the rows so far named.

They lie in settings.IMPORT_DIR, which web and workers share, readable by nobody else and
served by no address. Their names are ours: nothing of the person's file name gets there.
"""

from __future__ import annotations

import os
import secrets
from array import array
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from contacts.import_jobs import ImportJob
from contacts.importing.repeats import Repeats
from promoter.accounts.models import Account
from promoter.lib.csvs import encoded

REJECTED_HEAD = ("Line", "Reason")
"""What a file of rejected rows has behind its own columns."""


def upload_path(job: ImportJob) -> Path:
    return _folder() / job.stored_name


def rejected_path(job: ImportJob) -> Path:
    return _folder() / f"{job.stored_name}.rejected"


def store(parts: Iterable[bytes]) -> str:
    """Keep the uploaded bytes; the name under which they lie. Raises OSError, as for a
    full disk, and then nothing is kept."""
    name = secrets.token_hex(16)
    path = _folder() / name
    try:
        with _open_new(path) as file:
            for part in parts:
                file.write(part)
    except OSError:
        path.unlink(missing_ok=True)
        raise
    return name


def write_rejected(job: ImportJob, rows: Sequence[Sequence[str]]) -> int:
    """Add the rows after the part that is certain; the size that is certain afterwards.

    What a killed worker wrote beyond the last committed size is cut off first.
    """
    path = rejected_path(job)
    if not job.rejected_bytes:
        _open_new(path).close()
        head = [[*job.header, *REJECTED_HEAD]]
        rows = [*head, *rows]
    with path.open("r+b") as file:
        file.truncate(job.rejected_bytes)
        file.seek(0, os.SEEK_END)
        for part in encoded(rows, bom=not job.rejected_bytes):
            file.write(part)
        file.flush()
        os.fsync(file.fileno())
        return file.tell()


def keep_repeats(job: ImportJob, repeats: Repeats) -> None:
    """For the next turn, behind the rows that are done. A disk that is full costs it the
    time to read them again, nothing else."""
    path = _repeats_path(job)
    draft = path.with_suffix(".draft")
    try:
        with _open_new(draft) as file:
            array("Q", [job.rows_done]).tofile(file)
            repeats.write(file)
        draft.replace(path)
    except OSError:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def kept_repeats(job: ImportJob) -> Repeats | None:
    """None when they were not kept behind just these rows: who did them was killed."""
    repeats, rows = Repeats(), array("Q")
    try:
        with _repeats_path(job).open("rb") as file:
            rows.fromfile(file, 1)
            repeats.read(file)
    except (OSError, EOFError, ValueError):
        # Not there, or cut off: its disk was full, or the machine went down.
        return None
    return repeats if rows[0] == job.rows_done else None


def remove_upload(job: ImportJob) -> None:
    upload_path(job).unlink(missing_ok=True)
    _repeats_path(job).unlink(missing_ok=True)


def remove_all(job: ImportJob, *, now: datetime) -> None:
    """Both files. The job's row stays: it names nobody."""
    remove_upload(job)
    rejected_path(job).unlink(missing_ok=True)
    ImportJob.objects.filter(pk=job.pk).update(files_removed_at=now)


def _repeats_path(job: ImportJob) -> Path:
    return _folder() / f"{job.stored_name}.repeats"


def _folder() -> Path:
    folder = Path(settings.IMPORT_DIR)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _open_new(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def remove_mentions(*, account: Account, needles: Sequence[str], now: datetime) -> None:
    """Remove the files of the account's imports in which one of the texts occurs: those
    of rejected rows, and those that wait because their import failed.

    Other uploads are not looked at: an import rejects an erased person's row, and a file
    that nobody starts is gone within a day.
    """
    wanted = [needle.casefold() for needle in needles]
    for job in ImportJob.objects.filter(account=account, files_removed_at=None):
        paths = [(rejected_path(job), "utf-8")] if job.rejected else []
        if job.status == ImportJob.Status.FAILED:
            paths.append((upload_path(job), job.encoding))
        if any(path.is_file() and _mentions(path, code, wanted) for path, code in paths):
            remove_all(job, now=now)


def _mentions(path: Path, encoding: str, wanted: Sequence[str]) -> bool:
    with path.open(encoding=encoding, errors="replace") as file:
        while line := file.readline(1024 * 1024):
            text = line.casefold()
            if any(needle in text for needle in wanted):
                return True
    return False
