"""Campaigns to a contact list, and people in it, made without a page."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from campaigns.models import Campaign
from contacts.models import Contact, ContactList, ContactListMembership
from promoter.accounts.models import Account


def people(account: Account, names: Iterable[str]) -> list[Contact]:
    """Contacts `name@example.com`; a name that begins with `-` has no address."""
    contacts = []
    for name in names:
        contact = Contact(account=account, user_id=name)
        contact.set_email("" if name.startswith("-") else f"{name}@example.com")
        contacts.append(contact)
    return Contact.objects.bulk_create(contacts)


def join(
    contact_list: ContactList, contacts: Iterable[Contact], *, at: datetime
) -> list[ContactListMembership]:
    return ContactListMembership.objects.bulk_create(
        ContactListMembership(contact_list=contact_list, contact=contact, added_at=at)
        for contact in contacts
    )


def list_campaign(campaign: Campaign, kind: str = "one_time", **columns: Any) -> Campaign:
    """The campaign as one to its list, armed just now."""
    values = {"kind": kind, "event_name": "", "name": "Customers", **columns}
    if kind == "recurring":
        values.setdefault("repeat_days", 90)
    Campaign.objects.filter(pk=campaign.pk).update(**values)
    campaign.refresh_from_db()
    return campaign
