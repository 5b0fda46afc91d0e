"""The one reminder of a survey: planned when its invitation went out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from promoter.lib.many_rows import ignoring, insert
from surveys.asking.send_windows import opens_at
from surveys.models import SurveyEmail


def plan_reminders(invitations: Iterable[SurveyEmail], *, now: datetime) -> None:
    """Schedule the reminders of these mails, due `reminder_after` days from now or when
    the send window opens next.

    For reminders themselves, and where one is planned already, this does nothing. The
    re-check before sending cancels it for who has answered meanwhile.
    """
    insert(
        [
            SurveyEmail(
                account_id=email.account_id,
                survey_id=email.survey_id,
                kind=SurveyEmail.Kind.REMINDER,
                due_at=_due_at(email, now + timedelta(days=days)),
            )
            for email in invitations
            if email.kind == SurveyEmail.Kind.INVITATION
            and (days := email.survey.campaign.reminder_after)
        ],
        conflict=ignoring(),
    )


def mails_are_out(emails: Sequence[SurveyEmail], *, now: datetime) -> None:
    """Invitations that were sent plan their reminders. A reminder was the second try of an
    invitation that may have arrived: that one needs nobody's decision any more."""
    plan_reminders(emails, now=now)
    reminded = [
        email.survey_id for email in emails if email.kind == SurveyEmail.Kind.REMINDER
    ]
    if reminded:
        SurveyEmail.objects.unsettled().filter(
            survey__in=reminded, status=SurveyEmail.Status.UNCERTAIN
        ).update(left_at=now)


def _due_at(invitation: SurveyEmail, moment: datetime) -> datetime:
    contact = invitation.survey.contact
    return opens_at(
        moment,
        campaign=invitation.survey.campaign,
        account=invitation.account,
        attributes=contact.attributes if contact else {},
    )
