"""Write a large export, part by part, each of which stands in the file once.

A part is read and put on the disk, then the place behind it is committed: whoever goes on
after a kill cuts off what was not. The fence comes first, in the same transaction, so that
a worker who slept through its lease does not touch the file.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import OperationalError, transaction
from django.http import Http404
from django.utils.translation import gettext_noop

from promoter.accounts.models import Membership
from promoter.lib.exporting import Form, Place, Table
from surveys.exports.choosing import table_of
from surveys.exports.files import append, remove_file
from surveys.exports.jobs import UNCOUNTED, ExportJob

logger = logging.getLogger(__name__)
# PostgreSQL's query_canceled, by the statement's time limit.
GIVEN_UP = "57014"
GONE = gettext_noop(
    "The campaign, list or person that this was about is no longer here. Export again."
)
FILE_GONE = gettext_noop(
    "The begun file is not on the worker’s disk. All workers must share DATA_DIR; "
    "then export again."
)
DISK = gettext_noop(
    "The file could not be written: perhaps the disk is full. Tell the person who runs "
    "this installation."
)
OUR_FAULT = gettext_noop(
    "Something went wrong on our side. Tell the person who runs this installation: the log "
    "has the details."
)


def run(*, job: ExportJob, clock: Callable[[], datetime], until: datetime) -> None:
    """Work until the file is whole, the time is up (the job is queued again then), or the
    claim is lost to somebody else. A failure is written on the job."""
    status, error = ExportJob.Status.DONE, ""
    try:
        table = _table(job)
        if job.total is None and not job.hold(total=_counted(table)):
            return
        for step in (_look, _write):
            if not step(job, table, clock, until):
                return
    except OperationalError:
        # The database is away or busy. The lease runs out, and somebody tries again.
        raise
    except (Http404, Membership.DoesNotExist):
        status, error = ExportJob.Status.FAILED, GONE
    except FileNotFoundError:
        status, error = ExportJob.Status.FAILED, FILE_GONE
    except OSError:
        logger.exception("Export %s could not be written", job.pk)
        status, error = ExportJob.Status.FAILED, DISK
    except Exception:
        logger.exception("Export %s failed after row %s", job.pk, job.seen)
        status, error = ExportJob.Status.FAILED, OUR_FAULT
    if job.finish(status, now=clock(), error=error) and error:
        remove_file(job)


def _counted(table: Table) -> int:
    """How many rows; UNCOUNTED where the database gave up on counting so many: reading
    them part by part takes it no longer than for few."""
    try:
        with transaction.atomic():
            return table.count()
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != GIVEN_UP:
            raise
        return UNCOUNTED


def _table(job: ExportJob) -> Table:
    """As of the moment the export was asked for. Raises Membership.DoesNotExist when who
    asked has left: the inbox's "mine" is theirs."""
    me = Membership.objects.get(account=job.account_id, user=job.created_by_id)
    return table_of(job.what, job.query, account=job.account, me=me, now=job.created_at)


def _look(
    job: ExportJob, table: Table, clock: Callable[[], datetime], until: datetime
) -> bool:
    """Gather the attributes that CSV's header names, and begin the file. False when
    somebody else goes on."""
    if job.size or job.names is not None and job.form == Form.JSON_LINES:
        return True
    names: set[str] = set(job.names or ())
    if job.form == Form.CSV:
        for place, ids in table.parts(Place.of_json(job.place)):
            names |= table.names(ids)
            looked = {"names": sorted(names), "looked": job.looked + len(ids)}
            if not job.renew(now=clock(), place=place.as_json(), **looked):
                return False
            if clock() >= until:
                job.give_back()
                return False
    head = table.head(Form(job.form), sorted(names))
    return _commit(job, head, Place(), 0, now=clock(), names=sorted(names))


def _write(
    job: ExportJob, table: Table, clock: Callable[[], datetime], until: datetime
) -> bool:
    """Add the rows. False when somebody else goes on."""
    for place, ids in table.parts(Place.of_json(job.place)):
        text = table.body(Form(job.form), job.names or [], ids)
        if not _commit(job, text, place, len(ids), now=clock()):
            return False
        if clock() >= until:
            job.give_back()
            return False
    return True


def _commit(
    job: ExportJob, text: bytes, place: Place, rows: int, *, now: datetime, **more: Any
) -> bool:
    """Put the part into the file, once; False when the job was ended or taken over."""
    with transaction.atomic():
        if not job.renew(now=now):
            return False
        size = append(job, text)
        job.hold(size=size, place=place.as_json(), seen=job.seen + rows, **more)
    return True
