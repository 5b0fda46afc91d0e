"""The files of large exports.

They lie in settings.EXPORT_DIR, which web and workers share, readable by nobody else and
served by no address but the one that asks who wants it. Their names are ours.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_noop

from promoter.accounts.models import Account
from surveys.exports.jobs import ExportJob

ERASED = gettext_noop(
    "Somebody was erased meanwhile whom the file may have named, so it is removed. "
    "Export again."
)


def path_of(job: ExportJob) -> Path:
    folder = Path(settings.EXPORT_DIR)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / job.stored_name


def append(job: ExportJob, text: bytes) -> int:
    """Put the bytes behind the part that is certain; how much is certain afterwards.

    What a killed worker wrote beyond that is cut off first. Raises FileNotFoundError when
    the certain part is not here.
    """
    path = path_of(job)
    if not job.size:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    with path.open("r+b") as file:
        if file.seek(0, os.SEEK_END) < job.size:
            raise FileNotFoundError(path)
        file.truncate(job.size)
        file.seek(job.size)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
        return file.tell()


def remove_file(job: ExportJob) -> None:
    path_of(job).unlink(missing_ok=True)


def remove_all_of(*, account: Account, now: datetime) -> None:
    """Remove every file of the account, and end what is under way: somebody was erased.
    After the commit: a file can't be rolled back."""
    jobs = ExportJob.objects.filter(account=account)
    failed = {"status": ExportJob.Status.FAILED, "error": ERASED}
    jobs.under_way().update(finished_at=now, lease_until=None, **failed)
    jobs.filter(status=ExportJob.Status.DONE).update(**failed)
    for job in jobs.filter(error=ERASED):
        remove_file(job)
