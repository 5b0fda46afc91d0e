"""Many contacts in a few statements."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contacts.models import Contact, ContactList, ContactListMembership
from contacts.upsert import add_to_lists, lock_contacts, save_contacts


def test_new_and_known_contacts_are_saved_together(account, now, django_assert_num_queries):
    known = Contact.objects.create(
        account=account, user_id="known", email="a@x.io", created_at=now, updated_at=now
    )
    later = now + timedelta(days=1)
    loaded = lock_contacts(account=account, user_ids=["known", "nobody"])
    assert list(loaded) == ["known"]
    loaded["known"].attributes = {"plan": "pro"}
    new = Contact(account=account, user_id="new", created_at=later)
    with django_assert_num_queries(2):
        save_contacts(contacts=[new, loaded["known"]], now=later)
    assert loaded["known"].pk == known.pk
    known.refresh_from_db()
    assert known.attributes == {"plan": "pro"}
    assert (known.created_at, known.updated_at) == (now, later)
    assert Contact.objects.get(user_id="new").pk == new.pk


def test_contacts_of_another_account_are_not_seen(account, other_account, now):
    Contact.objects.create(account=other_account, user_id="u")
    assert lock_contacts(account=account, user_ids=["u"]) == {}
    save_contacts(contacts=[Contact(account=account, user_id="u")], now=now)
    assert Contact.objects.count() == 2


@pytest.mark.parametrize("count", [0, 1, 250])
def test_any_number_is_saved(account, now, count):
    contacts = [Contact(account=account, user_id=str(n)) for n in range(count)]
    save_contacts(contacts=contacts, now=now)
    assert {c.pk: c.user_id for c in contacts} == dict(
        Contact.objects.values_list("pk", "user_id")
    )


def test_a_place_in_a_list_is_taken_once(account, now):
    contact = Contact.objects.create(account=account, user_id="u")
    contact_list = ContactList.objects.create(account=account, name="L")
    add_to_lists(places=[(contact_list.pk, contact.pk)] * 2, now=now)
    add_to_lists(places=[(contact_list.pk, contact.pk)], now=now + timedelta(days=1))
    assert ContactListMembership.objects.get().added_at == now
