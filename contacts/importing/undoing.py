"""Take back what an import created, in parts, each of which is one transaction."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from django.db import OperationalError, transaction
from django.utils.translation import gettext_noop

from contacts.import_jobs import ImportJob
from contacts.importing.kinds import kind_of
from promoter.lib.sqlite_turns import leaving_room

logger = logging.getLogger(__name__)

OUR_FAULT = gettext_noop(
    "Something went wrong on our side; part of it is still there. Try again, or tell the "
    "person who runs this installation: the log has the details."
)


def undo(job: ImportJob, clock: Callable[[], datetime], until: datetime) -> None:
    """Until nothing is left, the time is up (the job is queued again then), or the claim
    is lost. A failure is written on the job."""
    try:
        while left := _take_back(job, now=clock()):
            if clock() >= until:
                job.give_back()
                return
    except OperationalError:
        # The database is away or busy. The lease runs out, and somebody tries again.
        raise
    except Exception:
        logger.exception("Import %s could not be undone", job.pk)
        job.finish(ImportJob.Status.FAILED, error=OUR_FAULT, now=clock())
        return
    if left is not None:
        job.finish(ImportJob.Status.UNDONE, now=clock())


def _take_back(job: ImportJob, *, now: datetime) -> int | None:
    """How many; None when the job was cancelled or taken over."""
    take_back = kind_of(job.kind).take_back
    if take_back is None:
        return 0
    with leaving_room(), transaction.atomic():
        if not job.renew(now=now):
            return None
        gone = take_back(job, now)
        job.hold(undone=job.undone + gone)
    return gone
