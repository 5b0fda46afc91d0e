"""Load and save many contacts of one account in a few statements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from contacts.models import Contact, ContactListMembership
from promoter.accounts.models import Account

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
        # One INSERT for new and known alike; the row's own id comes back with it.
        contact.pk = None
    Contact.objects.bulk_create(
        contacts,
        update_conflicts=True,
        unique_fields=["account", "user_id"],
        update_fields=SAVED,
    )


def add_to_lists(*, places: Iterable[tuple[int, int]], now: datetime) -> None:
    """Add (list id, contact id) pairs; who is in the list already keeps the older date."""
    ContactListMembership.objects.bulk_create(
        [
            ContactListMembership(
                contact_list_id=contact_list_id, contact_id=contact_id, added_at=now
            )
            for contact_list_id, contact_id in sorted(set(places))
        ],
        ignore_conflicts=True,
    )
