"""Write down what became of a claimed mail, if it is still ours.

Every UPDATE is fenced by the attempt and by the state it starts from: who was too slow
changes nothing and is told so. None of this happens while a mail server is waited for.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from contacts.models import Suppression
from contacts.suppression import suppress
from surveys.claiming import lease
from surveys.idempotency import may_repeat
from surveys.models import Survey, SurveyEmail
from surveys.pausing import resume_sending
from surveys.reminding import mail_is_out, plan_reminders
from surveys.retrying import after_doubt, after_refusal, after_the_end

log = logging.getLogger(__name__)
Status = SurveyEmail.Status
# Campaign.LIVE, written out: once for every mail, and the ORM builds the same condition
# in 0.26 ms of a mail's 2, this in 0.05.
IS_LIVE = """EXISTS (
    SELECT 1 FROM campaigns_campaign WHERE id = %s AND status IN ('ready', 'active')
)"""


@dataclass(frozen=True, slots=True)
class Sent:
    """A mail that the server has taken, and when."""

    email: SurveyEmail
    at: datetime
    provider_message_id: str = ""


def hand_off(email: SurveyEmail, *, previous: Sent | None, now: datetime) -> bool:
    """From here on the mail counts as possibly sent. False: it must not go now, for it is
    no longer ours or its campaign was paused since the re-check.

    What it left with is noted in the same statement: a crash loses neither. The one before
    it is recorded in the same commit: half the commits, and still at most
    one mail of this worker stands in `handoff` at any moment.
    """
    with transaction.atomic():
        if previous is not None:
            record_sent(previous)
        live = RawSQL(IS_LIVE, [email.survey.campaign_id], output_field=BooleanField())  # noqa: S611
        handed = (
            SurveyEmail.objects.held(email, Status.SENDING)
            .filter(live)
            .update(
                status=Status.HANDOFF,
                lease_until=now + lease(),
                template_version=email.template_version_id,
            )
        )
    return handed == 1


def record_sent(sent: Sent) -> None:
    """The server said yes; also when the sweeper has called it uncertain meanwhile, or due
    once more."""
    email = sent.email
    swept = (Status.UNCERTAIN, Status.SCHEDULED)
    with transaction.atomic():
        recorded = SurveyEmail.objects.held(email, Status.HANDOFF, *swept).update(
            status=Status.SENT,
            sent_at=sent.at,
            lease_until=None,
            failing_since=None,
            repeating_since=None,
            provider_message_id=sent.provider_message_id,
            error="",
        )
        # Whoever wrote it down: the server takes this account's mail again.
        resume_sending(account=email.account)
        if not recorded:
            # A click, an event or a person was faster in settling it.
            log.info("survey mail %s was settled already", email.pk)
            return
        _log(email, Status.SENT)
        Survey.objects.filter(pk=email.survey_id, asked_at=None).update(asked_at=sent.at)
        mail_is_out(email, now=sent.at)


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
