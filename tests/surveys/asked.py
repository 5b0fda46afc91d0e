"""Surveys whose mail is out, made without sending one."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count

from campaigns.models import Campaign
from contacts.models import Contact
from surveys.models import Survey, SurveyEmail

HAVE_A_TIME = (SurveyEmail.Status.SENT, SurveyEmail.Status.UNCERTAIN)
_numbers = count()


def kate(account, email="kate@example.com", **fields) -> Contact:
    """A contact who orders things."""
    contact = Contact(account=account, first_name="Kate", **fields)
    contact.set_email(email)
    contact.save()
    return contact


def ask(
    contact: Contact,
    campaign: Campaign,
    at: datetime,
    *,
    invitation: str = SurveyEmail.Status.SENT,
    reminder: str | None = None,
) -> Survey:
    """A survey as it stands after its invitation came to that status."""
    sent = invitation == SurveyEmail.Status.SENT
    survey = Survey.objects.create(
        account=campaign.account,
        campaign=campaign,
        contact=contact,
        trigger_id=f"order-{next(_numbers)}",
        address_digest=contact.address_digest,
        triggered_at=at,
        due_at=at,
        asked_at=at if sent else None,
    )
    rows = {SurveyEmail.Kind.INVITATION: (invitation, at)}
    if reminder:
        rows[SurveyEmail.Kind.REMINDER] = (reminder, at + timedelta(days=3))
    for kind, (status, due_at) in rows.items():
        claimed = status in SurveyEmail.CLAIMED
        SurveyEmail.objects.create(
            account=campaign.account,
            survey=survey,
            kind=kind,
            status=status,
            due_at=due_at,
            sent_at=due_at if status in HAVE_A_TIME else None,
            lease_until=due_at if claimed else None,
        )
    return survey


def statuses(survey: Survey) -> dict[str, str]:
    """Kind of mail -> where it stands now."""
    return dict(survey.emails.values_list("kind", "status"))
