"""Segment's rules as most code would have them: a transaction an event, through the ORM."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from campaigns.models import Campaign
from contacts.models import Contact, ContactListMembership, Suppression
from promoter.accounts.models import Account
from segment_ingest.models import SegmentMessage
from surveys.models import Survey, SurveyEmail

Verdict = SegmentMessage.Verdict


def process_one_by_one(account: Account, *, now: datetime) -> int:
    """Every waiting message of the account; how many."""
    waiting = SegmentMessage.objects.filter(account=account, verdict="").order_by("id")
    count = 0
    for message in waiting.iterator():
        process_message(message, now=now)
        count += 1
    return count


def process_message(message: SegmentMessage, *, now: datetime) -> None:
    with transaction.atomic():
        message.verdict = identify(message) or track(message, now)
        message.processed_at = now
        message.save()


def identify(message: SegmentMessage) -> str:
    if message.type != "identify":
        return ""
    contact, _ = Contact.objects.select_for_update().get_or_create(
        account=message.account, user_id=message.user_id
    )
    contact.attributes |= message.body["traits"]
    contact.set_email(message.body["traits"]["email"])
    contact.save()
    return Verdict.CONTACT_SAVED


def track(message: SegmentMessage, now: datetime) -> str:
    contact = Contact.objects.filter(
        account=message.account, user_id=message.user_id
    ).first()
    if contact is None:
        return Verdict.NOT_IDENTIFIED
    campaign = (
        Campaign.objects.live()
        .select_related("throttle")
        .filter(account=message.account, event_name=message.event)
        .first()
    )
    if campaign is None:
        return Verdict.NO_CAMPAIGN
    if Survey.objects.filter(campaign=campaign, trigger_id=message.message_id).exists():
        return Verdict.IGNORED
    if Suppression.objects.filter(
        account=message.account, address_digest=contact.address_digest
    ).exists():
        return Verdict.SUPPRESSED
    since = now - timedelta(days=campaign.throttle.days)
    if Survey.objects.filter(
        account=message.account, contact=contact, due_at__gte=since
    ).exists():
        return Verdict.THROTTLED
    ask(message, campaign, contact)
    return Verdict.SCHEDULED


def ask(message: SegmentMessage, campaign: Campaign, contact: Contact) -> None:
    survey = Survey.objects.create(
        account=message.account,
        campaign=campaign,
        contact=contact,
        trigger_id=message.message_id,
        attributes=contact.attributes,
        address_digest=contact.address_digest,
        triggered_at=message.received_at,
        due_at=message.received_at + timedelta(days=campaign.delivery_delay),
    )
    SurveyEmail.objects.create(
        account=message.account,
        survey=survey,
        kind=SurveyEmail.Kind.INVITATION,
        due_at=survey.due_at,
    )
    ContactListMembership.objects.get_or_create(
        contact_list=campaign.contact_list, contact=contact
    )
    message.survey = survey
