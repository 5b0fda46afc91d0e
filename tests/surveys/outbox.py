"""Scheduled survey mails, made in bulk."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.mail import EmailMessage

from campaigns.models import Campaign
from contacts.models import Contact
from surveys.models import Survey, SurveyEmail
from surveys.sending.transport import Transport, WaysOut

LIMIT = timedelta(seconds=20)


class Clock:
    """Stands still unless it is put on; may put itself on by a step at every look."""

    def __init__(self, now: datetime, step: timedelta = timedelta(0)) -> None:
        self.now, self.step = now, step

    def __call__(self) -> datetime:
        self.now += self.step
        return self.now


def schedule(
    campaign: Campaign, due_at: datetime, *, number: int = 1, prefix: str = "person"
) -> list[SurveyEmail]:
    """So many contacts, `person0@example.com` on, each with an invitation due then."""
    account = campaign.account
    contacts = []
    for index in range(number):
        contact = Contact(account=account, user_id=f"{prefix}-{index}", first_name="Pat")
        contact.set_email(f"{prefix}{index}@example.com")
        contacts.append(contact)
    surveys = [
        Survey(
            account=account,
            campaign=campaign,
            contact=contact,
            trigger_id=f"order-{contact.user_id}",
            address_digest=contact.address_digest,
            triggered_at=due_at,
            due_at=due_at,
        )
        for contact in Contact.objects.bulk_create(contacts)
    ]
    return SurveyEmail.objects.bulk_create(
        SurveyEmail(
            account=account,
            survey=survey,
            kind=SurveyEmail.Kind.INVITATION,
            due_at=due_at,
        )
        for survey in Survey.objects.bulk_create(surveys)
    )


def statuses() -> dict[str, int]:
    """Status -> how many mails have it, without those that nobody has."""
    found: dict[str, int] = {}
    for status in SurveyEmail.objects.values_list("status", flat=True):
        found[status] = found.get(status, 0) + 1
    return found


def prepare(way_out: Transport | WaysOut, message: EmailMessage) -> None:
    """The steps in which nothing leaves, one after the other."""
    one = first_of(way_out)
    one.begin(message)
    one.prepare()


def hand_over(way_out: Transport | WaysOut) -> str:
    """The steps in which it does."""
    one = first_of(way_out)
    one.hand_over()
    return one.answer()


def first_of(way_out: Transport | WaysOut) -> Transport:
    return way_out.for_mails(1)[0] if isinstance(way_out, WaysOut) else way_out
