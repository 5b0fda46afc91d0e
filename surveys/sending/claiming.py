"""Take due mails for this worker, give unsent ones back, rescue those of dead workers.

Any number of workers may do so at once: PostgreSQL's SKIP LOCKED hands each of them other
rows, SQLite lets one write at a time, and every UPDATE names the state it starts from.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Prefetch, QuerySet

from campaigns.models import Campaign
from promoter.accounts.models import Account
from surveys.answering.evidence import mail_arrived
from surveys.models import Survey, SurveyEmail
from surveys.reminding import plan_reminders
from surveys.sending.idempotency import may_repeat
from surveys.sending.pacing import allowance, limited_among, that_may_send
from surveys.sending.retrying import after_a_crash, after_doubt

BATCH = 20
"""Mails claimed at once: few, for a killed worker's wait until its lease is over."""
SWEEP = 500
STOPPED_BEFORE = "The worker stopped before this mail left."
STOPPED_WITHIN = "The worker stopped while handing it over; it may have arrived."

log = logging.getLogger(__name__)
Status = SurveyEmail.Status


def lease() -> timedelta:
    """How long a claim lasts; a handoff starts it anew."""
    return timedelta(seconds=settings.DELIVERY_LEASE_SECONDS)


class Turns:
    """Which accounts come next: each in turn, so that a busy one can't starve others."""

    def __init__(self) -> None:
        self._last = 0

    def next(self, limit: int, *, now: datetime) -> list[int]:
        """Up to `limit` accounts with due mail, beginning after those of last time."""
        waiting = self._waiting(now=now)
        after = waiting.filter(pk__gt=self._last).values_list("pk", flat=True)
        found = list(after[:limit])
        if len(found) < limit:
            before = waiting.filter(pk__lte=self._last).values_list("pk", flat=True)
            found += before[: limit - len(found)]
        if found:
            self._last = found[-1]
        return found

    def anybody(self, *, now: datetime) -> bool:
        """Whether any account has mail that may go now."""
        return self._waiting(now=now).exists()

    def _waiting(self, *, now: datetime) -> QuerySet[Account]:
        due = SurveyEmail.objects.due(now=now).filter(account=OuterRef("pk"))
        accounts = Account.objects.filter(Exists(due)).order_by("pk")
        return that_may_send(accounts, now=now)


def claim_due(*, now: datetime, turns: Turns, size: int = BATCH) -> list[SurveyEmail]:
    """Up to `size` due mails as `sending`, ours until the lease ends; oldest first."""
    until = now + lease()
    with transaction.atomic():
        ids = _lock_share(turns.next(size, now=now), now=now, size=size)
        taken = SurveyEmail.objects.filter(pk__in=ids, status=Status.SCHEDULED).update(
            status=Status.SENDING, attempt=F("attempt") + 1, lease_until=until
        )
    if taken != len(ids):
        # Not on our two databases; elsewhere the rows below are still only ours.
        log.warning(
            "%s of %s locked mails were taken by another", len(ids) - taken, len(ids)
        )
    return list(
        SurveyEmail.objects.filter(pk__in=ids, status=Status.SENDING, lease_until=until)
        .select_related("survey__contact")
        # What a contact's attributes came from, and when, is longer than they are.
        .defer(
            "survey__attributes",
            "survey__contact__attribute_times",
            "survey__contact__attribute_sources",
            "survey__contact__column_times",
            "survey__contact__search_text",
        )
        # The same few for all of them, so each once.
        .prefetch_related("account", Prefetch("survey__campaign", _campaigns()))
        .order_by("due_at", "pk")
    )


def _campaigns() -> QuerySet[Campaign]:
    """With what their mails are made of. A mail names the logo; it carries none."""
    return Campaign.objects.select_related("email_template__logo", "throttle").defer(
        "email_template__logo__content"
    )


def _lock_share(accounts: list[int], *, now: datetime, size: int) -> list[int]:
    """The oldest due mails of each of these accounts, in equal shares and no more than
    each of them may send."""
    ids: list[int] = []
    limited = limited_among(accounts)
    for account in accounts:
        share = -(-size // len(accounts))
        if account in limited:
            share = min(share, allowance(account=account, now=now))
        due = SurveyEmail.objects.due(now=now).filter(account=account)
        ids += (
            due.select_for_update(skip_locked=True)
            .order_by("due_at", "pk")
            .values_list("pk", flat=True)[:share]
        )
    return ids


def give_back(emails: Iterable[SurveyEmail], *, due_at: datetime | None = None) -> int:
    """Return claimed mails that were not tried: they are due for whoever comes next, or
    again at the given moment."""
    later = {} if due_at is None else {"due_at": due_at}
    returned = 0
    with transaction.atomic():
        # In one order, as the sweep: else the two could wait for each other's rows.
        for email in sorted(emails, key=lambda each: each.pk):
            returned += SurveyEmail.objects.held(email, Status.SENDING).update(
                status=Status.SCHEDULED, lease_until=None, **later
            )
    return returned


def sweep_expired(*, now: datetime) -> tuple[int, int]:
    """Settle what dead workers held: (back to scheduled, uncertain).

    Nothing of a `sending` mail has left, so it goes out again. A `handoff` may have
    arrived, so it doesn't, unless its provider still knows its key or its account wants
    that. A worker that was only slow meets its fence, or finds its uncertain mail and
    says what became of it.
    """
    expired = SurveyEmail.objects.expired(now=now)
    rows = list(
        expired.select_related("account", "survey__contact", "survey__campaign").order_by(
            "lease_until"
        )[:SWEEP]
    )
    rescued = uncertain = 0
    surveys = [row.survey_id for row in rows if row.status == Status.HANDOFF]
    with transaction.atomic():
        for row in sorted(rows, key=lambda each: each.pk):
            held = expired.filter(pk=row.pk, attempt=row.attempt, status=row.status)
            columns = _after_death(row, now=now)
            settled = held.update(**columns)
            if columns["status"] != Status.UNCERTAIN:
                rescued += settled
            elif settled:
                uncertain += 1
                plan_reminders([row], now=now)
        answered = Survey.objects.filter(pk__in=surveys, response__isnull=False)
        for survey in answered.select_related("account"):
            # The answer came before the worker was known to be dead.
            mail_arrived(survey=survey, now=now)
    if rescued or uncertain:
        log.warning("workers died: %s mails rescued, %s uncertain", rescued, uncertain)
    return rescued, uncertain


def _after_death(row: SurveyEmail, *, now: datetime) -> dict[str, Any]:
    """The columns of a mail whose worker is dead."""
    if row.status == Status.SENDING:
        return after_a_crash(row, error=STOPPED_BEFORE, now=now)
    since = _handed_over_at(row)
    if not may_repeat(since=since, now=now):
        doubt = after_doubt(row, error=STOPPED_WITHIN, now=now)
        return doubt | {"sent_at": row.sent_at or since}
    row.repeating_since = since
    return after_a_crash(row, error=STOPPED_WITHIN, now=now)


def _handed_over_at(row: SurveyEmail) -> datetime:
    """When the mail may first have left."""
    if row.repeating_since is not None:
        return row.repeating_since
    return (row.lease_until or row.due_at) - lease()
