"""The members of a campaign's list, in the order in which they are asked."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import Coalesce

from campaigns.models import Campaign
from contacts.models import ContactListMembership
from surveys.models import Survey

Members = QuerySet[ContactListMembership]
# Two transactions may commit their rows in another order than that of the ids. Nobody's
# takes a minute; one that did would cost the one member that the cursor had passed.
SETTLE = timedelta(minutes=1)


def members_at_start(campaign: Campaign) -> Members:
    """Who was in the list when the campaign began; for a draft, who is in it."""
    members = ContactListMembership.objects.filter(contact_list=campaign.contact_list_id)
    start = campaign.begins_at
    return members if start is None else members.filter(added_at__lte=start)


def members_to_come(campaign: Campaign, *, now: datetime) -> Members:
    """Who was not looked at yet, by id. Reads the list from the cursor on, no more."""
    until = campaign.begins_at or now
    if campaign.kind == Campaign.Kind.RECURRING:
        until = max(until, now - SETTLE)
    return (
        ContactListMembership.objects.filter(
            contact_list=campaign.contact_list_id,
            pk__gt=campaign.enrolled_to,
            added_at__lte=until,
        )
        .select_related("contact")
        .order_by("pk")
    )


def turns_to_repeat(campaign: Campaign, *, now: datetime) -> QuerySet[Survey]:
    """The last turns of members whose pace has run out, oldest first.

    `enrolled_at` is how far this was looked through before, so each look reads what has
    fallen due since. Who has left the list is not asked again.
    """
    pace = timedelta(days=campaign.repeat_days or 0)
    turns = Survey.objects.filter(campaign=campaign, triggered_at__lte=now - pace)
    if campaign.enrolled_at is not None:
        turns = turns.filter(triggered_at__gt=campaign.enrolled_at - pace)
    later = Survey.objects.filter(
        campaign=campaign,
        contact=OuterRef("contact"),
        triggered_at__gt=OuterRef("triggered_at"),
    )
    places = ContactListMembership.objects.filter(
        contact_list=campaign.contact_list_id, contact=OuterRef("contact")
    )
    return (
        turns.filter(~Exists(later), Exists(places))
        .annotate(counts_from=Coalesce("asked_at", F("due_at")))
        .select_related("contact")
        .order_by("triggered_at", "pk")
    )
