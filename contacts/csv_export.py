"""Contacts and suppressions as CSV rows, read in parts as they are sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TypeVar

from django.db.models import Model, QuerySet

from contacts.csv_columns import OURS
from contacts.csv_rows import cell_text
from contacts.models import Contact, Suppression

PART = 1_000
FIELDS = ("user_id", "email", "first_name", "last_name")
SUPPRESSION_HEADER = ["email", "reason", "detail", f"since{OURS}"]

Row = TypeVar("Row", bound=Model)


def contact_rows(contacts: QuerySet[Contact]) -> Iterator[list[str]]:
    """A header and a row each, by id. Attributes have a column each, under their names;
    importing the file again changes nothing."""
    names = _attribute_names(contacts)
    yield [*FIELDS, f"mail{OURS}", f"added{OURS}", f"changed{OURS}", *names]
    for part in _parts(contacts):
        reasons = _reasons(part)
        for contact in part:
            reason = reasons.get((contact.account_id, contact.address_digest), "")
            yield [
                contact.user_id or "",
                *(contact.email, contact.first_name, contact.last_name),
                reason or ("" if contact.email else "no address"),
                *(_moment(contact.created_at), _moment(contact.updated_at)),
                *(cell_text(contact.attributes.get(name)) for name in names),
            ]


def suppression_rows(suppressions: QuerySet[Suppression]) -> Iterator[list[str]]:
    """A header and a row each. Erased people are left out: we don't have their address."""
    yield SUPPRESSION_HEADER
    kept = suppressions.exclude(email="").exclude(reason=Suppression.Reason.ERASED)
    for part in _parts(kept):
        for row in part:
            yield [row.email, row.reason, row.detail, _moment(row.created_at)]


def _attribute_names(contacts: QuerySet[Contact]) -> list[str]:
    """Every attribute that one of them has; a pass of its own, because the header comes
    first and no row may be kept in memory for it."""
    names: set[str] = set()
    for part in _parts(contacts.only("attributes")):
        for contact in part:
            names.update(contact.attributes)
    return sorted(names)


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


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
