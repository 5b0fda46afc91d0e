"""What a person does with a mail, or its provider says of it, proves that it left."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, Q
from django.db.models.functions import Coalesce

from surveys.daily_sums.rolling_up import mark_changed
from surveys.models import Survey, SurveyEmail
from surveys.reminding import mails_are_out


def mail_arrived(*, survey: Survey, now: datetime) -> None:
    """Somebody followed a link of the survey's mail: an uncertain one was sent after all,
    and one that waits to be repeated has arrived.

    When another mail of the survey is known as sent, the link may be that one's, and the
    uncertain one stays so.
    """
    status = SurveyEmail.Status
    emails = SurveyEmail.objects.filter(survey=survey)
    if emails.filter(status=status.SENT).exists():
        return
    uncertain = emails.perhaps_sent().order_by("due_at", "pk").first()
    if uncertain is None:
        return
    # The condition again: a person or a provider's event may have settled it meanwhile.
    settled = (
        SurveyEmail.objects.filter(pk=uncertain.pk)
        .perhaps_sent()
        .update(
            status=status.SENT,
            sent_at=Coalesce("sent_at", "repeating_since", "due_at"),
            failing_since=None,
            repeating_since=None,
            error="",
        )
    )
    if settled:
        asked_at = uncertain.sent_at or uncertain.repeating_since or uncertain.due_at
        Survey.objects.filter(pk=survey.pk).update(
            asked_at=Coalesce(F("asked_at"), asked_at)
        )
        mark_changed(account=survey.account, asked_at=[asked_at], now=now)


def mail_left(*, email: SurveyEmail, message_id: str, at: datetime, now: datetime) -> None:
    """The provider has the mail, whatever we made of its answer, or before we wrote it.

    Who is about to send it again loses the row: it is no longer in the state they need.
    In the caller's transaction.
    """
    status = SurveyEmail.Status
    tried = Q(status__in=[status.HANDOFF, status.UNCERTAIN, status.FAILED])
    tried |= Q(status__in=SurveyEmail.STOPPABLE, attempt__gt=0)
    settled = SurveyEmail.objects.filter(tried, pk=email.pk).update(
        status=status.SENT,
        sent_at=at,
        lease_until=None,
        failing_since=None,
        repeating_since=None,
        provider_message_id=message_id[:255],
        error="",
    )
    if settled:
        Survey.objects.filter(pk=email.survey_id, asked_at=None).update(asked_at=at)
        mark_changed(account=email.account, asked_at=[at], now=now)
        mails_are_out([email], now=at)
