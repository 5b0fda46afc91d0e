"""The contact that a call from outside names: found and brought up to date, or made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q

from contacts.addresses import address_digest
from contacts.attributes import set_attributes, set_columns
from contacts.catalogue import note_attributes
from contacts.models import Contact
from contacts.suppression import follow_people
from promoter.accounts.models import Account


@dataclass(frozen=True, slots=True)
class Named:
    """Who is meant, by userId or by a usable address, and what is said of them.

    `names` are first_name and last_name; empty texts say nothing.
    """

    user_id: str = ""
    email: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        return address_digest(self.email) if self.email else ""


def save_named(*, account: Account, named: Named, now: datetime) -> Contact:
    """The contact, saved. Found by userId, else by email; of several with one address the
    oldest is meant, and one with another userId never is.

    Runs in the caller's transaction. Raises IntegrityError when somebody else created the
    userId meanwhile: call again.
    """
    contact = _find(account, named)
    if contact is None:
        contact = Contact(account=account, created_at=now)
    set_attributes(contact, named.attributes, at=now, source=Contact.Source.API)
    # After the attributes: one of them may be called `email` and mean another address.
    columns = {name: text for name, text in named.names.items() if text}
    set_columns(contact, columns | ({"email": named.email} if named.email else {}), at=now)
    contact.user_id = named.user_id or contact.user_id
    contact.updated_at = now
    contact.save()
    follow_people(account=account, contacts=[contact], now=now)
    note_attributes(account=account, values=named.attributes, now=now)
    return contact


def _find(account: Account, named: Named) -> Contact | None:
    keys = Q(user_id=named.user_id) if named.user_id else Q()
    if named.digest:
        keys |= Q(address_digest=named.digest)
    rows = Contact.objects.select_for_update(no_key=True).filter(keys, account=account)
    found = list(rows.order_by("pk"))
    by_user_id = [row for row in found if named.user_id and row.user_id == named.user_id]
    by_address = [row for row in found if not named.user_id or row.user_id is None]
    return next(iter([*by_user_id, *by_address]), None)
