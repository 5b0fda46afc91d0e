"""Rows of a contact file -> contacts, a chunk at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from contacts.attributes import MAX_ATTRIBUTES, set_attributes, set_columns
from contacts.catalogue import note_attributes
from contacts.importing.rows import PersonRow, Rejected, news
from contacts.models import Contact, ContactList, Suppression
from contacts.suppression import follow_people
from contacts.upsert import SAVED, add_to_lists
from promoter.accounts.models import Account
from promoter.lib.many_rows import insert, replacing, take_ids

ERASED = _("This address belongs to a person who was erased; it stays out.")


@dataclass
class Outcome:
    """What became of some rows; `rejected` holds line and reason."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[tuple[int, str]] = field(default_factory=list)


def import_people(
    *,
    account: Account,
    rows: Sequence[PersonRow],
    update: bool,
    contact_list: ContactList | None,
    now: datetime,
) -> Outcome:
    """Create the people that are new, update the others (or, without `update`, leave them
    as they are), and add everybody to the list.

    A person is found by userId, else by email; of several contacts with one address the
    oldest is meant. Runs in the caller's transaction. Raises IntegrityError when somebody
    else created one of the userIds meanwhile: run it again, it finds them then.
    """
    people = _People(account=account, rows=rows)
    outcome = Outcome()
    for row in rows:
        try:
            people.take(row, update=update, now=now, outcome=outcome)
        except Rejected as reason:
            outcome.rejected.append((row.line, str(reason)))
    people.save(now=now)
    note_attributes(account=account, values=people.seen, now=now)
    if contact_list is not None:
        people.take_ids()
        places = ((contact_list.pk, contact.pk) for contact in people.named.values())
        add_to_lists(places=places, now=now)
    return outcome


class _People:
    """The contacts that a chunk names: locked, changed in memory, saved at once."""

    def __init__(self, *, account: Account, rows: Sequence[PersonRow]) -> None:
        self.account = account
        self.by_user_id: dict[str, Contact] = {}
        self.by_digest: defaultdict[str, list[Contact]] = defaultdict(list)
        digests = {row.digest for row in rows} - {""}
        for contact in _locked(account, {row.user_id for row in rows} - {""}, digests):
            self._remember(contact)
        self.erased = set(
            Suppression.objects.filter(
                account=account,
                address_digest__in=digests,
                reason=Suppression.Reason.ERASED,
            ).values_list("address_digest", flat=True)
        )
        # By identity: a new contact has no id yet.
        self.named: dict[int, Contact] = {}
        self.new: dict[int, Contact] = {}
        self.changed: dict[int, Contact] = {}
        # A value of each attribute that the rows name, of the kind the contact has.
        self.seen: dict[str, Any] = {}

    def take(
        self, row: PersonRow, *, update: bool, now: datetime, outcome: Outcome
    ) -> None:
        """Lay one row over its contact. Raises Rejected, and then nothing has changed."""
        if row.digest in self.erased:
            raise Rejected(ERASED)
        contact = self._find(row)
        is_new = contact is None
        if contact is None:
            contact = Contact(account=self.account, created_at=now, updated_at=now)
        if (is_new or update) and _lay_over(contact, row, now=now):
            (self.new if is_new else self.changed)[id(contact)] = contact
            self._remember(contact)
            outcome.created += is_new
            outcome.updated += not is_new
        else:
            outcome.unchanged += 1
        self.named[id(contact)] = contact
        for name in row.attributes.keys() & contact.attributes.keys():
            self.seen[name] = contact.attributes[name]

    def save(self, *, now: datetime) -> None:
        insert(list(self.new.values()))
        changed = [row for key, row in self.changed.items() if key not in self.new]
        for contact in changed:
            contact.updated_at = now
        # The rows are locked, so none of them is erased meanwhile and would come back.
        conflict = replacing(Contact, key=["id"], names=["user_id", *SAVED])
        insert(changed, conflict=conflict, known=True)
        follow_people(account=self.account, contacts=changed, now=now)

    def take_ids(self) -> None:
        """Give the new ones the ids that the database gave them."""
        named = {(each.user_id, each.address_digest): each for each in self.new.values()}
        key = ("user_id", "address_digest")
        ours = Contact.objects.filter(account=self.account)
        user_ids = [each.user_id for each in named.values() if each.user_id]
        nameless = [each.address_digest for each in named.values() if not each.user_id]
        take_ids(named, ours.filter(user_id__in=user_ids), key=key)
        strangers = ours.filter(user_id=None, address_digest__in=nameless)
        take_ids(named, strangers.order_by("pk"), key=key)

    def _find(self, row: PersonRow) -> Contact | None:
        if row.user_id and row.user_id in self.by_user_id:
            return self.by_user_id[row.user_id]
        namesakes = self.by_digest[row.digest] if row.digest else []
        for contact in namesakes:
            # A row before may have given it another address; and another userId under
            # this address is another person.
            if contact.address_digest == row.digest and (
                not row.user_id or contact.user_id is None
            ):
                return contact
        return None

    def _remember(self, contact: Contact) -> None:
        if contact.user_id:
            self.by_user_id[contact.user_id] = contact
        if contact.address_digest:
            namesakes = self.by_digest[contact.address_digest]
            if not any(contact is known for known in namesakes):
                namesakes.append(contact)


def _lay_over(contact: Contact, row: PersonRow, *, now: datetime) -> bool:
    """Whether the row changes the contact. Raises Rejected."""
    attributes = news(row, contact.attributes)
    if len(contact.attributes.keys() | attributes) > MAX_ATTRIBUTES:
        raise Rejected(
            gettext("The contact would have more than %(most)s attributes.")
            % {"most": intcomma(MAX_ATTRIBUTES)}
        )
    changed = (
        bool(attributes)
        and set_attributes(contact, attributes, at=now, source=Contact.Source.FILE)[0]
    )
    # After the attributes: one of them may be called `email` and mean another address.
    columns = row.names | ({"email": row.email} if row.email else {})
    changed |= set_columns(contact, columns, at=now)
    if row.user_id and contact.user_id != row.user_id:
        contact.user_id = row.user_id
        changed = True
    return changed


def _locked(
    account: Account, user_ids: Iterable[str], digests: Iterable[str]
) -> Iterable[Contact]:
    """The contacts that these may mean, oldest first. Two look-ups by index, then one
    statement that locks in id order, as everybody does: no two wait for each other."""
    rows = Contact.objects.filter(account=account)
    keys = set(rows.filter(user_id__in=user_ids).values_list("pk", flat=True))
    keys.update(rows.filter(address_digest__in=digests).values_list("pk", flat=True))
    return Contact.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk")
