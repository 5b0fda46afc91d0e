"""Load and save many contacts of one account in a few statements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from contacts.models import Contact, ContactListMembership
from contacts.suppression import follow_people
from promoter.accounts.models import Account
from promoter.lib.many_rows import ignoring, insert, replacing, take_ids

SAVED = [
    "email",
    "address_digest",
    "first_name",
    "last_name",
    "attributes",
    "attribute_times",
    "attribute_sources",
    "column_times",
    "updated_at",
]


def lock_contacts(*, account: Account, user_ids: Iterable[str]) -> dict[str, Contact]:
    """userId -> contact, locked until the transaction ends, so that nobody's change to
    the same row is overwritten. Surveys may still be made for it meanwhile (no_key)."""
    rows = (
        Contact.objects.select_for_update(no_key=True)
        .filter(account=account, user_id__in=set(user_ids))
        .order_by("pk")
    )
    return {str(row.user_id): row for row in rows}


def save_contacts(*, contacts: Sequence[Contact], now: datetime) -> None:
    """Insert the new and update the others, by (account, userId); all get their ids.

    The caller holds the account's lock or the rows' locks: the JSON columns are replaced,
    not merged. Each userId may occur once.
    """
    for contact in contacts:
        contact.updated_at = now
    # One INSERT for new and known alike.
    insert(contacts, conflict=replacing(Contact, key=["account", "user_id"], names=SAVED))
    if contacts:
        follow_people(account=contacts[0].account, contacts=contacts, now=now)
    new = {contact.user_id: contact for contact in contacts if contact.pk is None}
    if new:
        ours = Contact.objects.filter(account=contacts[0].account, user_id__in=list(new))
        take_ids(
            {(user_id,): each for user_id, each in new.items()}, ours, key=("user_id",)
        )


def add_to_lists(*, places: Iterable[tuple[int, int]], now: datetime) -> None:
    """Add (list id, contact id) pairs; who is in the list already keeps the older date."""
    insert(
        [
            ContactListMembership(
                contact_list_id=contact_list_id, contact_id=contact_id, added_at=now
            )
            for contact_list_id, contact_id in sorted(set(places))
        ],
        conflict=ignoring(),
    )
