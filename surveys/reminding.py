"""The one reminder of a survey: planned when its invitation went out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from surveys.models import SurveyEmail


def plan_reminders(invitations: Iterable[SurveyEmail], *, now: datetime) -> None:
    """Schedule the reminders of these mails, due `reminder_after` days from now.

    For reminders themselves, and where one is planned already, this does nothing. The
    re-check before sending cancels it for who has answered meanwhile.
    """
    SurveyEmail.objects.bulk_create(
        [
            SurveyEmail(
                account_id=email.account_id,
                survey_id=email.survey_id,
                kind=SurveyEmail.Kind.REMINDER,
                due_at=now + timedelta(days=email.survey.campaign.reminder_after),
            )
            for email in invitations
            if email.kind == SurveyEmail.Kind.INVITATION
            and email.survey.campaign.reminder_after
        ],
        ignore_conflicts=True,
    )
