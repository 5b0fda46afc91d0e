"""Take an uploaded file in: what it is, how large, what its columns probably mean."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import BinaryIO

from django.conf import settings
from django.contrib.humanize.templatetags.humanize import intcomma
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext

from contacts.addresses import clean_address
from contacts.import_jobs import ImportJob
from contacts.importing.columns import IGNORE, MAX_COLUMNS
from contacts.importing.files import REJECTED_HEAD, remove_upload, store, upload_path
from contacts.importing.kinds import kind_of
from promoter.accounts.models import Account, User
from promoter.lib.csv_reading import Record, UnreadableFile, detect, records
from promoter.lib.csvs import unguarded
from promoter.lib.uploads import not_kept

log = logging.getLogger(__name__)
MAX_ROWS = 500_000


def receive(
    *, account: Account, user: User, kind: str, upload: UploadedFile[bytes], now: datetime
) -> ImportJob:
    """Keep the file and describe it. Raises UnreadableFile with a sentence, and then
    nothing is kept."""
    try:
        stored_name = store(upload.chunks())
    except OSError as error:
        log.exception("An upload could not be kept")
        raise UnreadableFile(not_kept()) from error
    job = ImportJob(
        account=account,
        created_by=user,
        kind=kind,
        file_name=(upload.name or "file.csv")[-200:],
        stored_name=stored_name,
        created_at=now,
    )
    try:
        with upload_path(job).open("rb") as file:
            _describe(job, file)
        job.save()
    except BaseException:
        remove_upload(job)
        raise
    return job


def too_large() -> str:
    return gettext(
        "The file is larger than %(most)s MB. Split it and upload the "
        "parts one after the other."
    ) % {"most": settings.FILE_UPLOAD_MAX_BYTES // 1024 // 1024}


def data_records(job: ImportJob, file: BinaryIO) -> Iterator[Record]:
    """The rows of the job's file without its header."""
    return islice(records(file, job.form), int(job.has_header), None)


def _describe(job: ImportJob, file: BinaryIO) -> None:
    form = detect(file)
    job.encoding, job.delimiter = form.encoding, form.delimiter
    first = _first_row(records(file, form))
    addresses = [clean_address(value) is not None for value in first.values]
    # A header names its columns; an address in it means that there is no header.
    job.has_header = not any(addresses)
    if job.has_header:
        job.header = [unguarded(value).strip()[:200] for value in first.values]
        # A file of rejected rows comes back mended, with our reasons behind.
        behind = len(REJECTED_HEAD)
        ours = behind if tuple(job.header[-behind:]) == REJECTED_HEAD else 0
        own = job.header[: len(job.header) - ours]
        job.mapping = kind_of(job.kind).guess(own, job.account) + [IGNORE] * ours
    else:
        job.header = [
            gettext("Column %(number)s") % {"number": number}
            for number in range(1, len(addresses) + 1)
        ]
        job.mapping = [""] * len(addresses)
        job.mapping[addresses.index(True)] = "email"
    job.rows_total = sum(1 for _ in islice(data_records(job, file), MAX_ROWS + 1))
    _refuse_a_count_of(job.rows_total)


def _first_row(found: Iterator[Record]) -> Record:
    """The header, or the first row of a file without one. Raises UnreadableFile."""
    first = next(found, None)
    if first is None:
        raise UnreadableFile(
            gettext("This file is empty. Choose one with a header and rows.")
        )
    if first.error:
        raise UnreadableFile(
            gettext("The first row can’t be read. %(error)s") % {"error": first.error}
        )
    if len(first.values) > MAX_COLUMNS:
        raise UnreadableFile(
            gettext(
                "The file has %(count)s columns; %(most)s is the most. Delete those you "
                "don’t need and upload it again."
            )
            % {"count": intcomma(len(first.values)), "most": MAX_COLUMNS}
        )
    return first


def _refuse_a_count_of(rows: int) -> None:
    """Raises UnreadableFile for too many rows, and for none."""
    if rows > MAX_ROWS:
        raise UnreadableFile(
            gettext(
                "The file has more than %(most)s rows. Split it and upload the parts one "
                "after the other."
            )
            % {"most": intcomma(MAX_ROWS)}
        )
    if not rows:
        raise UnreadableFile(
            gettext("The file has a header and no rows. There is nothing to do.")
        )
