"""Acts on many contacts at once, in short transactions of a part each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from contacts.models import Contact, ContactList, ContactListMembership, Suppression
from contacts.suppression import Entry, suppress_all
from contacts.upsert import add_to_lists
from promoter.accounts.models import Account

PART = 1_000


def add_all(
    *, contacts: QuerySet[Contact], contact_list: ContactList, now: datetime
) -> int:
    """Put them into the list; how many were not in it before."""
    members = ContactListMembership.objects.filter(contact_list=contact_list)
    before = members.count()
    for part in _parts(contacts):
        with transaction.atomic():
            add_to_lists(places=((contact_list.pk, pk) for pk, _ in part), now=now)
    return members.count() - before


def remove_all(*, contacts: QuerySet[Contact], contact_list: ContactList) -> int:
    """Take them out of the list; how many were in it. The contacts stay."""
    removed = 0
    for part in _parts(contacts):
        deleted, _ = ContactListMembership.objects.filter(
            contact_list=contact_list, contact__in=[pk for pk, _ in part]
        ).delete()
        removed += deleted
    return removed


def stop_mailing(
    *, account: Account, contacts: QuerySet[Contact], detail: str, now: datetime
) -> int:
    """Suppress their addresses by hand; how many were mailed until now."""
    stopped = 0
    for part in _parts(contacts.exclude(email="")):
        entries = [Entry(email, Suppression.Reason.MANUAL, detail) for _, email in part]
        with transaction.atomic():
            stopped += suppress_all(account=account, entries=entries, now=now)[0]
    return stopped


def _parts(contacts: QuerySet[Contact]) -> Iterator[list[tuple[int, str]]]:
    """Ids and addresses, by id: what the acts do doesn't move the cursor."""
    last = 0
    rows = contacts.order_by("pk").values_list("pk", "email")
    while part := list(rows.filter(pk__gt=last)[:PART]):
        yield part
        last = part[-1][0]
