"""Contacts and suppressions as files, read in parts as they are sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from django.db.models import Model, QuerySet

from contacts.importing.columns import OURS
from contacts.models import Contact, Suppression
from promoter.lib.exporting import Record, Table, moment_text

PART = 1_000
FIELDS = ("user_id", "email", "first_name", "last_name")
CONTACT_COLUMNS = (
    *((name, name) for name in FIELDS),
    ("mail", f"mail{OURS}"),
    ("added_at", f"added{OURS}"),
    ("changed_at", f"changed{OURS}"),
)
SUPPRESSION_HEADER = ["email", "reason", "detail", f"since{OURS}"]

Row = TypeVar("Row", bound=Model)


def contact_table(contacts: QuerySet[Contact]) -> Table:
    """Contacts by id. In CSV attributes have a column each, under their names: importing
    the file again changes nothing."""
    return Table(
        sets=[contacts],
        columns=CONTACT_COLUMNS,
        records=_contact_records,
        model=Contact,
    )


def _contact_records(ids: Sequence[int]) -> Sequence[Record]:
    contacts = Contact.objects.in_bulk(ids)
    found = [contacts[pk] for pk in ids if pk in contacts]
    reasons = _reasons(found)
    return [
        Record(
            values=[
                contact.user_id,
                *(contact.email, contact.first_name, contact.last_name),
                reasons.get((contact.account_id, contact.address_digest))
                or (None if contact.email else "no address"),
                *(contact.created_at, contact.updated_at),
            ],
            attributes=contact.attributes,
        )
        for contact in found
    ]


def suppression_rows(suppressions: QuerySet[Suppression]) -> Iterator[list[str]]:
    """A header and a row each. Erased people are left out: we don't have their address."""
    yield SUPPRESSION_HEADER
    kept = suppressions.exclude(email="").exclude(reason=Suppression.Reason.ERASED)
    for part in _parts(kept):
        for row in part:
            yield [row.email, row.reason, row.detail, moment_text(row.created_at)]


def _parts(rows: QuerySet[Row]) -> Iterator[list[Row]]:
    """By id, each part a query of its own: a slow download holds nothing open."""
    last = 0
    while part := list(rows.filter(pk__gt=last).order_by("pk")[:PART]):
        yield part
        last = part[-1].pk


def _reasons(contacts: list[Contact]) -> dict[tuple[int, str], str]:
    """(account, digest) -> reason, in one look-up a part."""
    found = Suppression.objects.filter(
        account__in={contact.account_id for contact in contacts},
        address_digest__in={contact.address_digest for contact in contacts} - {""},
    )
    return {
        (account, digest): reason
        for account, digest, reason in found.values_list(
            "account_id", "address_digest", "reason"
        )
    }
