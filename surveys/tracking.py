"""What a mail provider tells of a mail: the one place where its events become rows.

Events come twice, out of order, and before we wrote down that the mail was sent. So each
effect can be had twice, an outcome is only ever replaced by one that says more, and what
proves that a mail left makes it sent.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from anymail.signals import AnymailTrackingEvent, EventType, RejectReason
from django.db import transaction

from contacts.addresses import address_digest
from contacts.models import Suppression
from contacts.suppression import suppress
from promoter.lib.signing import read_token
from surveys.answering.evidence import mail_left
from surveys.daily_sums.cohorts import UNDELIVERED
from surveys.daily_sums.rolling_up import mark_changed
from surveys.models import Survey, SurveyEmail
from surveys.sending.composing import EVENT_TOKEN
from surveys.stopping import stop
from surveys.unsubscribing import theirs, unsubscribe

log = logging.getLogger(__name__)
Outcome = SurveyEmail.Outcome
Reason = Suppression.Reason

MAX_DETAIL = 300
OUTCOMES = {
    EventType.DEFERRED: Outcome.DEFERRED,
    EventType.DELIVERED: Outcome.DELIVERED,
    EventType.REJECTED: Outcome.REJECTED,
    EventType.FAILED: Outcome.REJECTED,
    EventType.BOUNCED: Outcome.BOUNCED,
    EventType.UNSUBSCRIBED: Outcome.UNSUBSCRIBED,
    EventType.COMPLAINED: Outcome.COMPLAINED,
}
# Each takes the place of those before it, never of those behind it. Itself it follows
# too: what was said of a soft bounce gives way to what is said of the hard one.
ORDER = (
    "",
    Outcome.DEFERRED,
    Outcome.DELIVERED,
    Outcome.REJECTED,
    Outcome.BOUNCED,
    Outcome.UNSUBSCRIBED,
    Outcome.COMPLAINED,
)
# It would know nothing of a mail that it doesn't have. A refusal is no such proof.
PROOFS = {
    EventType.QUEUED,
    EventType.SENT,
    EventType.DEFERRED,
    EventType.DELIVERED,
    EventType.BOUNCED,
    EventType.OPENED,
    EventType.CLICKED,
    EventType.UNSUBSCRIBED,
    EventType.COMPLAINED,
}
# Where a provider tells soft bounces from hard ones, which anymail's reasons don't.
BOUNCE_KINDS = {
    "Amazon SES": ("bounce", "bounceType"),
    "Brevo": ("event",),
    "MailerSend": ("data", "type"),
    "Mailjet": ("hard_bounce",),
    "Mandrill": ("event",),
    "Postmark": ("Type",),
    "Resend": ("data", "bounce", "type"),
    "SendGrid": ("type",),
    "SparkPost": ("msys", "message_event", "bounce_class"),
}
HARD_KINDS = {
    *("hardbounce", "hard_bounce", "hard_bounced", "invalid_email", "permanent"),
    *("bounce", "true"),
    # SparkPost's classes: invalid recipient, and no such recipient.
    *("10", "30"),
}


def record_event(*, event: AnymailTrackingEvent, provider: str, now: datetime) -> None:
    """Write down what the event says, and stop mailing whom it says to leave alone.

    An event about a mail that is not ours, or was deleted, changes nothing.
    """
    email = _find(event)
    if email is None:
        return
    at = min(event.timestamp or now, now)
    with transaction.atomic():
        if event.event_type in PROOFS:
            mail_left(email=email, message_id=str(event.message_id or ""), at=at, now=now)
        outcome = OUTCOMES.get(event.event_type)
        if outcome is not None:
            _record_outcome(email, outcome, event, at=at, now=now)
            _act_on(email.survey, event, provider=provider, now=now)


def is_hard_bounce(event: AnymailTrackingEvent, *, provider: str) -> bool:
    """Whether the address is dead, by the provider's own word about this bounce."""
    if event.event_type != EventType.BOUNCED:
        return False
    kind: Any = event.esp_event
    for key in BOUNCE_KINDS.get(provider, ()):
        kind = kind.get(key) if isinstance(kind, Mapping) else None
    if provider in BOUNCE_KINDS and kind is not None:
        return str(kind).lower() in HARD_KINDS
    return event.reject_reason in {RejectReason.BOUNCED, RejectReason.INVALID}


def _find(event: AnymailTrackingEvent) -> SurveyEmail | None:
    """The mail, by the token that it carries, else by the provider's id of it."""
    emails = SurveyEmail.objects.select_related(
        "account", "survey__account", "survey__contact", "survey__campaign"
    )
    metadata = event.metadata if isinstance(event.metadata, Mapping) else {}
    # Another installation may use the same provider's account: its tokens are not ours.
    if token := metadata.get(EVENT_TOKEN):
        pk = read_token("mail-event", str(token))
        return emails.filter(pk=pk).first() if pk is not None else None
    if event.message_id:
        return emails.filter(provider_message_id=str(event.message_id)[:255]).last()
    return None


def _record_outcome(
    email: SurveyEmail,
    outcome: Outcome,
    event: AnymailTrackingEvent,
    *,
    at: datetime,
    now: datetime,
) -> None:
    rows = SurveyEmail.objects.filter(pk=email.pk)
    rows.filter(outcome__in=ORDER[: ORDER.index(outcome) + 1]).update(
        outcome=outcome, outcome_at=at, outcome_detail=_detail(email, event)
    )
    if outcome in UNDELIVERED:
        mark_changed(account=email.account, asked_at=[email.survey.asked_at], now=now)
    if outcome == Outcome.REJECTED:
        rows.filter(status=SurveyEmail.Status.UNCERTAIN).update(
            status=SurveyEmail.Status.FAILED, error="The mail provider refused it."
        )


def _detail(email: SurveyEmail, event: AnymailTrackingEvent) -> str:
    """The receiving server's words; they quote addresses, so none of an erased person."""
    if email.survey.contact_id is None:
        return ""
    text = str(event.mta_response or event.description or event.reject_reason or "")
    return " ".join(text.replace(chr(0), "").split())[:MAX_DETAIL]


def _act_on(
    survey: Survey, event: AnymailTrackingEvent, *, provider: str, now: datetime
) -> None:
    """Suppress and stop. A refusal repeats what the provider learned before."""
    kind, why = event.event_type, event.reject_reason
    refused = kind == EventType.REJECTED
    if kind == EventType.UNSUBSCRIBED or (refused and why == RejectReason.UNSUBSCRIBED):
        unsubscribe(survey=survey, now=now)
    elif kind == EventType.COMPLAINED or (refused and why == RejectReason.SPAM):
        _suppress(survey, _person(survey, event), Reason.COMPLAINED, event, now=now)
        digests = {survey.address_digest} - {""}
        stop(theirs(survey, digests=digests), why="Complained", now=now)
    elif is_hard_bounce(event, provider=provider) or (
        refused and why in {RejectReason.BOUNCED, RejectReason.INVALID}
    ):
        mailed = _mailed(survey, event)
        _suppress(survey, [mailed] if mailed else [], Reason.BOUNCED, event, now=now)
        stop(Survey.objects.filter(pk=survey.pk), why="Bounced", now=now)
    elif kind == EventType.BOUNCED:
        stop(Survey.objects.filter(pk=survey.pk), why="Bounced", now=now)


def _mailed(survey: Survey, event: AnymailTrackingEvent) -> str:
    """The address that the mail went to, empty where nobody knows it any more."""
    contact = survey.contact
    if contact is None:
        return ""
    # A reminder goes to today's address, which may not be where the survey was asked.
    known = {survey.address_digest, contact.address_digest}
    recipient: str = event.recipient or ""
    if recipient and address_digest(recipient) in known:
        return recipient
    return contact.email if contact.address_digest == survey.address_digest else ""


def _person(survey: Survey, event: AnymailTrackingEvent) -> list[str]:
    """The address that was mailed and today's: it is the person who complains."""
    addresses = [_mailed(survey, event), survey.contact.email if survey.contact else ""]
    return [address for address in dict.fromkeys(addresses) if address]


def _suppress(
    survey: Survey,
    addresses: list[str],
    reason: Suppression.Reason,
    event: AnymailTrackingEvent,
    *,
    now: datetime,
) -> None:
    detail = str(event.mta_response or event.description or "")
    for address in addresses:
        suppress(
            account=survey.account, email=address, reason=reason, now=now, detail=detail
        )
