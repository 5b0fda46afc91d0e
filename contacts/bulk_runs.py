"""Carry out a bulk act in parts, each of which happens once.

A part's changes, its counts and the cursor are one transaction, so that a worker may be
killed anywhere: the next one goes on behind the last part that was committed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from django.db import OperationalError, transaction
from django.utils.translation import gettext_noop

from contacts import bulk
from contacts.bulk_jobs import BulkJob
from contacts.filters import ContactFilter
from contacts.models import Contact
from contacts.suppression import by_whom
from promoter.accounts.access import for_account
from promoter.lib.sqlite_turns import leaving_room

logger = logging.getLogger(__name__)
# Some 0.2 s a transaction: on SQLite all other writers wait for it.
PART = 500
# Erasing a person is dozens of statements.
ERASING_PART = 20
# Kept with the job as they are; the page says them in its reader's language.
LIST_GONE = gettext_noop("The list was deleted meanwhile, so there was nothing more to do.")
OUR_FAULT = gettext_noop(
    "Something went wrong on our side; what is done stays. Tell the person who runs this "
    "installation: the log has the details."
)

Perform = Callable[[BulkJob, Sequence[Contact], datetime], int]


def start(job: BulkJob) -> BulkJob:
    """Save the job; who is there from now on is not meant."""
    newest = for_account(Contact, job.account).order_by("-pk").values_list("pk", flat=True)
    job.upto = newest.first() or 0
    job.save()
    return job


def _add(job: BulkJob, contacts: Sequence[Contact], now: datetime) -> int:
    if job.contact_list is None:
        raise _ListGone
    return bulk.add_all(contacts=contacts, contact_list=job.contact_list, now=now)


def _remove(job: BulkJob, contacts: Sequence[Contact], now: datetime) -> int:
    if job.contact_list is None:
        raise _ListGone
    return bulk.remove_all(contacts=contacts, contact_list=job.contact_list)


def _stop(job: BulkJob, contacts: Sequence[Contact], now: datetime) -> int:
    detail = by_whom(job.created_by) if job.created_by else ""
    return bulk.stop_mailing(account=job.account, contacts=contacts, detail=detail, now=now)


# Erasing looks over all apps, so it is handed down from the top of the ladder.
PERFORM: Mapping[str, Perform] = {
    BulkJob.Act.ADD: _add,
    BulkJob.Act.REMOVE: _remove,
    BulkJob.Act.STOP: _stop,
}


class _ListGone(Exception):
    """The list that the act is about is deleted."""


def run(
    *, job: BulkJob, erase: Perform, clock: Callable[[], datetime], until: datetime
) -> None:
    """Work until nobody is left, the time is up (the job is queued again then), or the
    claim is lost to somebody else. A failure is written on the job."""
    perform = {**PERFORM, BulkJob.Act.ERASE: erase}[job.act]
    status, error = BulkJob.Status.DONE, ""
    try:
        while contacts := _part(job):
            with leaving_room():
                if not _commit(job, contacts, perform, now=clock()):
                    return
            if clock() >= until:
                job.give_back()
                return
    except OperationalError:
        # The database is away or busy. The lease runs out, and somebody tries again.
        raise
    except _ListGone:
        status, error = BulkJob.Status.FAILED, LIST_GONE
    except Exception:
        logger.exception("Bulk act %s failed after contact %s", job.pk, job.cursor)
        status, error = BulkJob.Status.FAILED, OUR_FAULT
    job.finish(status, error=error, now=clock())


def _part(job: BulkJob) -> list[Contact]:
    """The next contacts by id. Of those to be erased never more than were agreed to."""
    contacts = (
        for_account(Contact, job.account).filter(pk__in=job.chosen)
        if job.chosen
        else ContactFilter.read(job.query).contacts_of(job.account)
    )
    size = PART
    if job.act == BulkJob.Act.ERASE:
        size = min(ERASING_PART, max(job.total - job.seen, 0))
    rest = contacts.filter(pk__gt=job.cursor, pk__lte=job.upto).order_by("pk")
    return list(rest.only("pk", "account", "user_id", "email", "address_digest")[:size])


def _commit(
    job: BulkJob, contacts: Sequence[Contact], perform: Perform, *, now: datetime
) -> bool:
    """Act on the part, once; False when the job was cancelled or taken over."""
    last = contacts[-1].pk
    with transaction.atomic():
        if not job.renew(now=now):
            return False
        changed = perform(job, contacts, now)
        job.hold(cursor=last, seen=job.seen + len(contacts), changed=job.changed + changed)
    return True
