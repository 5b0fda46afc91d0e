"""Write down what became of a claimed mail, if it is still ours.

Every UPDATE is fenced by the attempt and by the state it starts from: who was too slow
changes nothing and is told so. None of this happens while a mail server is waited for.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction

from campaigns.models import Campaign
from contacts.models import Suppression
from contacts.suppression import suppress
from surveys.models import SurveyEmail
from surveys.reminding import mails_are_out, plan_reminders
from surveys.sending.claiming import lease
from surveys.sending.idempotency import may_repeat
from surveys.sending.pausing import resume_sending
from surveys.sending.retrying import after_doubt, after_refusal, after_the_end
from surveys.sending.round_rows import (
    TAKEN_FROM,
    Row,
    lock,
    set_asked,
    set_handed_off,
    set_sent,
)

log = logging.getLogger(__name__)
Status = SurveyEmail.Status


@dataclass(frozen=True, slots=True)
class Sent:
    """A mail that the server has taken, and when."""

    email: SurveyEmail
    at: datetime
    provider_message_id: str = ""


def hand_off(
    emails: Sequence[SurveyEmail], *, previous: Sequence[Sent] = (), now: datetime
) -> list[SurveyEmail]:
    """From here on these count as possibly sent. Without those that must not go now, for
    they are no longer ours or their campaign was paused since the re-check.

    What they left with is noted in the same statement: a crash loses neither. The ones
    before them are recorded in the same commit: half the commits, and still at most one
    mail of each connection stands in `handoff` at any moment.
    """
    with transaction.atomic():
        rows = lock([each.pk for each in (*(sent.email for sent in previous), *emails)])
        _record(previous, rows)
        ours = [
            email
            for email in emails
            if (row := rows.get(email.pk)) is not None
            and (row.attempt, row.status) == (email.attempt, Status.SENDING)
            and row.campaign in Campaign.LIVE
        ]
        for version, group in _by(ours, lambda email: email.template_version_id):
            set_handed_off(
                [email.pk for email in group], lease_until=now + lease(), version=version
            )
    return ours


def record_sent(sent: Sequence[Sent]) -> None:
    """The server said yes; also when the sweeper has called it uncertain meanwhile, or due
    once more."""
    with transaction.atomic():
        _record(sent, lock([each.email.pk for each in sent]))


def _record(sent: Sequence[Sent], rows: dict[int, Row]) -> None:
    """The same, of rows that are locked; a fixed number of statements."""
    for account in {each.email.account for each in sent}:
        # Whoever wrote it down: the server takes this account's mail again.
        resume_sending(account=account)
    found = []
    for each in sent:
        row = rows.get(each.email.pk)
        if row and row.attempt == each.email.attempt and row.status in TAKEN_FROM:
            found.append(each)
        else:
            # A click, an event or a person was faster in settling it.
            log.info("survey mail %s was settled already", each.email.pk)
    for (at, provider_message_id), group in _by(
        found, lambda each: (each.at, each.provider_message_id)
    ):
        emails = [each.email for each in group]
        set_sent(
            [email.pk for email in emails], at=at, provider_message_id=provider_message_id
        )
        for email in emails:
            _log(email, Status.SENT)
        set_asked([email.survey_id for email in emails], at=at)
        mails_are_out(emails, now=at)


Thing = TypeVar("Thing")
Key = TypeVar("Key")


def _by(
    things: Iterable[Thing], key: Callable[[Thing], Key]
) -> Iterable[tuple[Key, list[Thing]]]:
    groups: dict[Key, list[Thing]] = {}
    for each in things:
        groups.setdefault(key(each), []).append(each)
    return groups.items()


def try_later(email: SurveyEmail, *, error: str, now: datetime) -> None:
    """It has not left, and not because of its recipient: again after a wait."""
    _write(email, after_refusal(email, error=error, now=now), now=now)


def fail(email: SurveyEmail, *, error: str, now: datetime, dead: str = "") -> None:
    """It has not left and never will. `dead` is an address that doesn't exist.

    A mail that was being repeated may have left before: it becomes uncertain.
    """
    with transaction.atomic():
        failed = _write(email, after_the_end(email, error=error), now=now)
        if failed and dead:
            suppress(
                account=email.account,
                email=dead,
                reason=Suppression.Reason.BOUNCED,
                now=now,
                detail=error,
            )


def repeat_later(email: SurveyEmail, *, error: str, now: datetime) -> bool:
    """It may have arrived, but the provider knows its key: again, as long as it does.

    False when there is no such key, or not for long enough.
    """
    since = email.repeating_since or now
    if not may_repeat(since=since, now=now):
        return False
    email.repeating_since = since
    _write(email, after_refusal(email, error=error, now=now), now=now)
    return True


def call_uncertain(email: SurveyEmail, *, error: str, now: datetime) -> None:
    """It may have arrived: not sent again, unless the account wants each mail at least
    once."""
    _write(email, after_doubt(email, error=error, now=now), now=now)


def _write(email: SurveyEmail, columns: dict[str, Any], *, now: datetime) -> bool:
    """False when it was ours no more. The reminder of an uncertain mail is its second
    try."""
    with transaction.atomic():
        ours = SurveyEmail.objects.held(email, *SurveyEmail.CLAIMED).update(**columns)
        if ours:
            _log(email, columns["status"])
        if ours and columns["status"] == Status.UNCERTAIN:
            plan_reminders([email], now=now)
    return ours == 1


def _log(email: SurveyEmail, status: str) -> None:
    """Where the way of an event ends in the logs, by the messageId that began it."""
    log.info(
        "Survey mail %s is %s for %s",
        email.pk,
        status,
        email.survey.trigger_id,
        extra={"account": email.account_id, "survey": email.survey_id, "mail": email.pk},
    )
