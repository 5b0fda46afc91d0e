"""Send the small mails that are due: claimed in batches, one after the other, fenced.

Never in a transaction. Who comes second finds nothing.
"""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import Case, DateTimeField, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from promoter.accounts.models import Account
from surveys.sending.faults import reply_text
from surveys.sending.retrying import GIVE_UP_AFTER, MAX_ERROR, wait_after
from surveys.small_mails import SmallMail

LEASE = timedelta(minutes=5)
BATCH = 20
WORKER_DIED = "The worker died while it was sending this."
Row = TypeVar("Row", bound=SmallMail)
Status = SmallMail.Status
Clock = Callable[[], datetime]

log = logging.getLogger(__name__)


class MustNotLeave(Exception):
    """The mail must not be sent, now or later; says why."""


@dataclass(frozen=True, slots=True)
class Outbox(Generic[Row]):
    """One kind of small mail.

    `rows` are all of them, with what composing needs. `compose` makes the mail, or None
    for one that nobody wants any more, whose row is deleted; it may raise MustNotLeave.
    `may_repeat`: whether a mail that may have left is sent again; where it is not, mails
    are claimed one by one, so that a worker that dies leaves one in doubt and not a batch.
    `failed` is told of a row that is not tried again.
    """

    rows: QuerySet[Row]
    compose: Callable[[Row, BaseEmailBackend], EmailMessage | None]
    may_repeat: bool = True
    failed: Callable[[Row, datetime], None] | None = None


def post_due(outbox: Outbox[Row], *, clock: Clock) -> int:
    """How many mails left."""
    sent = 0
    connection = get_connection()
    try:
        while claimed := _claim(outbox, now=clock()):
            try:
                connection.open()
            except Exception as error:  # whatever a mail service's client may raise
                for row in claimed:
                    _try_later(outbox, row, error, now=clock())
                break
            for row in claimed:
                sent += _post(outbox, row, connection=connection, clock=clock)
    finally:
        connection.close()
    return sent


def _claim(outbox: Outbox[Row], *, now: datetime) -> list[Row]:
    due = Q(status=Status.WAITING, due_at__lte=now)
    dead = Q(status=Status.SENDING, lease_until__lt=now)
    suspended = Account.objects.filter(suspended_at__isnull=False)
    rows = outbox.rows.select_related(None).exclude(account__in=suspended)
    if not outbox.may_repeat:
        rows.filter(dead).update(
            status=Status.UNCERTAIN,
            lease_until=None,
            error=WORKER_DIED,
        )
    # One that kills each worker that touches it: not for ever.
    for row in outbox.rows.filter(dead, failing_since__lte=now - GIVE_UP_AFTER):
        _give_up(outbox, row, WORKER_DIED, now=now)
    batch = BATCH if outbox.may_repeat else 1
    with transaction.atomic():
        found = rows.select_for_update(skip_locked=True).filter(due | dead)
        pks = [pk for (pk,) in found.order_by("due_at", "pk").values_list("pk")[:batch]]
        since = Coalesce("failing_since", Value(now, output_field=DateTimeField()))
        rows.filter(pk__in=pks).update(
            failing_since=Case(
                When(status=Status.SENDING, then=since), default="failing_since"
            ),
            status=Status.SENDING,
            attempt=F("attempt") + 1,
            lease_until=now + LEASE,
        )
    return list(outbox.rows.filter(pk__in=pks, status=Status.SENDING))


def _post(
    outbox: Outbox[Row], row: Row, *, connection: BaseEmailBackend, clock: Clock
) -> int:
    # With a slow server a batch outlasts its lease: another worker has the row by then.
    if not _ours(outbox, row).update(lease_until=clock() + LEASE):
        return 0
    has_begun = False
    try:
        mail = outbox.compose(row, connection)
        if mail is None:
            _ours(outbox, row).delete()
            return 0
        has_begun = True
        mail.send()
    except MustNotLeave as error:
        _give_up(outbox, row, str(error), now=clock())
        return 0
    except Exception as error:  # whatever a mail service's client may raise
        # Whose connection broke must not make the next one fail by it.
        connection.close()
        if outbox.may_repeat or not has_begun or _has_not_left(error):
            _try_later(outbox, row, error, now=clock())
        else:
            _ours(outbox, row).update(
                status=Status.UNCERTAIN, lease_until=None, error=_words(error)
            )
        return 0
    return _ours(outbox, row).update(
        status=Status.SENT,
        sent_at=clock(),
        lease_until=None,
        failing_since=None,
        error="",
    )


def _try_later(outbox: Outbox[Row], row: Row, error: Exception, *, now: datetime) -> None:
    log.warning("A mail to the team or to a person could not be sent: %s", error)
    since = row.failing_since or now
    wait = None if _is_final(error) else wait_after(since=since, now=now)
    if wait is None:
        _give_up(outbox, row, _words(error), now=now)
        return
    _ours(outbox, row).update(
        status=Status.WAITING,
        due_at=now + wait,
        failing_since=since,
        lease_until=None,
        error=_words(error),
    )


def _give_up(outbox: Outbox[Row], row: Row, error: str, *, now: datetime) -> None:
    with transaction.atomic():
        ours = _ours(outbox, row).update(
            status=Status.FAILED, lease_until=None, error=error[:MAX_ERROR]
        )
        if ours and outbox.failed:
            outbox.failed(row, now)


def _ours(outbox: Outbox[Row], row: Row) -> QuerySet[Row]:
    """The row, unless it has changed or another worker has taken it since."""
    rows = outbox.rows.model._default_manager
    return rows.filter(pk=row.pk, status=Status.SENDING, attempt=row.attempt)


def _has_not_left(error: Exception) -> bool:
    """The server said no; of anything else nobody knows."""
    no = (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused, ValueError)
    return isinstance(error, no)


def _is_final(error: Exception) -> bool:
    """Every recipient was refused for good."""
    if not isinstance(error, smtplib.SMTPRecipientsRefused):
        return False
    return all(code >= 500 for code, _ in error.recipients.values())


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, reply = next(iter(error.recipients.values()))
        return f"The mail server refused the address. {reply_text(code, reply)}"[:MAX_ERROR]
    return f"{type(error).__name__}: {error}"[:MAX_ERROR]
