"""Carry out a queued import: claimed, in chunks, each of which happens once.

A chunk's rows, its counts and the cursor are one transaction, so that a worker may be
killed anywhere: the next one goes on behind the last chunk that was committed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import IntegrityError, OperationalError, transaction
from django.utils import translation
from django.utils.translation import gettext_noop

from contacts.import_jobs import ImportJob
from contacts.importing.files import (
    keep_repeats,
    kept_repeats,
    remove_upload,
    upload_path,
    write_rejected,
)
from contacts.importing.kinds import kind_of
from contacts.importing.repeats import Repeats
from contacts.importing.rows import Rejected
from contacts.importing.undoing import undo
from contacts.importing.uploads import data_records
from promoter.accounts.language import language_for
from promoter.lib.csv_reading import Record
from promoter.lib.sqlite_cache import large_cache
from promoter.lib.sqlite_turns import leaving_room

logger = logging.getLogger(__name__)

# Some 0.2 s a transaction: on SQLite all other writers wait for it.
CHUNK_ROWS = 500
# Somebody else may insert the same userId, or lock in another order, a few times in a row.
TRIES = 5
# Kept with the job as they are; the page says them in its reader's language.
FILE_GONE = gettext_noop(
    "The uploaded file is not on the worker’s disk. Web and workers must share DATA_DIR; "
    "then upload the file again."
)
DISK = gettext_noop(
    "The list of rejected rows could not be written: perhaps the server’s disk is full. "
    "The rows before are imported. Tell the person who runs this installation, then try "
    "again."
)
OUR_FAULT = gettext_noop(
    "Something went wrong on our side; the rows before are imported. Tell the person who "
    "runs this installation: the log has the details."
)


@dataclass(frozen=True)
class Chunk:
    """Records of the file, in order, and what of them can be stored."""

    records: Sequence[Record]
    rows: Sequence[Any]
    rejected: Sequence[tuple[int, str]]
    repeated: int


def run(*, job: ImportJob, clock: Callable[[], datetime], until: datetime) -> None:
    """Import until the file ends, the time is up (the job is queued again then), or the
    claim is lost to somebody else. A failure is written on the job. The reasons in the
    file of rejected rows are in the language of who imports."""
    with translation.override(language_for(job.created_by)), large_cache():
        if job.is_undoing:
            undo(job, clock, until)
        else:
            _run(job, clock, until)


def _run(job: ImportJob, clock: Callable[[], datetime], until: datetime) -> None:
    try:
        with upload_path(job).open("rb") as file:
            rows = data_records(job, file)
            repeats = _behind(job, rows, now=clock())
            while records := list(islice(rows, CHUNK_ROWS)):
                chunk = _read(job, records, repeats, now=clock())
                with leaving_room():
                    if not _commit(job, chunk, now=clock()):
                        return
                if clock() >= until and job.rows_done < job.rows_total:
                    keep_repeats(job, repeats)
                    job.give_back()
                    return
    except FileNotFoundError:
        _finish(job, status=ImportJob.Status.FAILED, error=FILE_GONE, now=clock())
    except OperationalError:
        # The database is away or busy. The lease runs out, and somebody tries again.
        raise
    except OSError:
        logger.exception("Import %s could not write after row %s", job.pk, job.rows_done)
        _finish(job, status=ImportJob.Status.FAILED, error=DISK, now=clock())
    except Exception:
        logger.exception("Import %s failed after row %s", job.pk, job.rows_done)
        _finish(job, status=ImportJob.Status.FAILED, error=OUR_FAULT, now=clock())
    else:
        _finish(job, status=ImportJob.Status.DONE, error="", now=clock())


def _finish(job: ImportJob, *, status: str, error: str, now: datetime) -> None:
    if job.finish(status, error=error, now=now) and status == ImportJob.Status.DONE:
        # People's data is kept no longer than needed. A kill before this leaves it to
        # the pruning, and so does a failure: somebody may have it tried again.
        remove_upload(job)


def _behind(job: ImportJob, rows: Iterator[Record], *, now: datetime) -> Repeats:
    """Leave the rows behind that are done; whom they named."""
    repeats = kept_repeats(job)
    if repeats is not None:
        next(islice(rows, job.rows_done, job.rows_done), None)
        return repeats
    # Who did them was killed.
    repeats, left = Repeats(), job.rows_done
    while left and (records := list(islice(rows, min(left, CHUNK_ROWS)))):
        _read(job, records, repeats, now=now)
        left -= len(records)
    return repeats


def _read(
    job: ImportJob, records: Sequence[Record], repeats: Repeats, *, now: datetime
) -> Chunk:
    kind = kind_of(job.kind)
    rows, rejected = [], []
    for record in records:
        try:
            rows.append(kind.read(record, job, now))
        except Rejected as reason:
            rejected.append((record.line, str(reason)))
    repeated = 0
    if kind.names_people:
        repeated = sum(repeats.first_line(row) is not None for row in rows)
    return Chunk(records, rows, rejected, repeated)


def _commit(job: ImportJob, chunk: Chunk, *, now: datetime) -> bool:
    """Store the chunk, once; False when the job was cancelled or taken over."""
    for attempt in range(1, TRIES + 1):
        try:
            with transaction.atomic():
                if not job.renew(now=now):
                    return False
                _store(job, chunk, now=now)
            return True
        except (IntegrityError, OperationalError):
            if attempt == TRIES:
                raise
            job.refresh_from_db(fields=_COUNTED)
    return False


def _store(job: ImportJob, chunk: Chunk, *, now: datetime) -> None:
    outcome = kind_of(job.kind).store(job, chunk.rows, now)
    rejected = sorted([*chunk.rejected, *outcome.rejected])
    size = job.rejected_bytes
    if rejected:
        by_line = {record.line: record for record in chunk.records}
        size = write_rejected(
            job,
            [
                [*_padded(by_line[line].values, len(job.header)), str(line), reason]
                for line, reason in rejected
            ],
        )
    job.hold(
        rows_done=job.rows_done + len(chunk.records),
        created=job.created + outcome.created,
        updated=job.updated + outcome.updated,
        unchanged=job.unchanged + outcome.unchanged,
        rejected=job.rejected + len(rejected),
        repeated=job.repeated + chunk.repeated,
        rejected_bytes=size,
    )


_COUNTED = [
    *("rows_done", "created", "updated", "unchanged"),
    *("rejected", "repeated", "rejected_bytes"),
]


def _padded(values: Sequence[str], width: int) -> list[str]:
    """As many cells as the header, so that line and reason stand in their columns; what
    a row has beyond goes into the last one."""
    if len(values) > width:
        return [*values[: width - 1], " ".join(values[width - 1 :])]
    return [*values, *[""] * (width - len(values))]
