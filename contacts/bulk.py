"""Acts on some contacts at once, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from contacts.models import Contact, ContactList, ContactListMembership, Suppression
from contacts.suppression import Entry, suppress_all
from contacts.upsert import add_to_lists
from promoter.accounts.models import Account


def add_all(
    *, contacts: Sequence[Contact], contact_list: ContactList, now: datetime
) -> int:
    """Put them into the list; how many were not in it before."""
    ids = [contact.pk for contact in contacts]
    members = ContactListMembership.objects.filter(contact_list=contact_list)
    before = members.filter(contact__in=ids).count()
    add_to_lists(places=((contact_list.pk, pk) for pk in ids), now=now)
    return len(ids) - before


def remove_all(*, contacts: Sequence[Contact], contact_list: ContactList) -> int:
    """Take them out of the list; how many were in it. The contacts stay."""
    removed, _ = ContactListMembership.objects.filter(
        contact_list=contact_list, contact__in=[contact.pk for contact in contacts]
    ).delete()
    return removed


def stop_mailing(
    *, account: Account, contacts: Sequence[Contact], detail: str, now: datetime
) -> int:
    """Suppress their addresses by hand; how many were mailed until now."""
    entries = [
        Entry(contact.email, Suppression.Reason.MANUAL, detail)
        for contact in contacts
        if contact.email
    ]
    return suppress_all(account=account, entries=entries, now=now)[0]
