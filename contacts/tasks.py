"""What workers do for contacts. Every task may run twice, and at once."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from contacts.bulk_jobs import BulkJob
from contacts.import_jobs import ImportJob
from contacts.importing.files import remove_all, remove_upload
from contacts.importing.runs import run
from promoter.lib.doorbell import Doorbell
from promoter.lib.heartbeat import leave_sign

# Well below the broker's visibility time-out: a large file takes several turns.
TURN = timedelta(seconds=20)

import_bell = Doorbell("contacts.tasks.run_imports")


@shared_task
def run_imports() -> None:
    """Import for a while, then ring for whoever goes on."""
    leave_sign()
    until = timezone.now() + TURN
    while timezone.now() < until:
        job = ImportJob.objects.claim(now=timezone.now())
        if job is None:
            return
        run(job=job, clock=timezone.now, until=until)
    import_bell.ring()


@shared_task
def prune_imports() -> None:
    """Remove the files of imports whose time is over; their counts stay. And forget whom
    bulk acts meant that failed long ago."""
    now = timezone.now()
    BulkJob.objects.forget_failed(now=now)
    for job in ImportJob.objects.prunable(now=now).iterator():
        if job.is_open:
            job.cancel(now=now)
        remove_all(job, now=now)
    # What a killed worker left. A failed one's stays for its week: it may be tried again.
    ended = (ImportJob.Status.DONE, ImportJob.Status.CANCELLED)
    for job in ImportJob.objects.filter(files_removed_at=None, status__in=ended):
        remove_upload(job)
