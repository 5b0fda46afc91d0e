"""Lists: made, filled, emptied, renamed, deleted."""

from __future__ import annotations

import pytest
from django.urls import reverse

from contacts.models import Contact, ContactList, ContactListMembership
from promoter.accounts.models import Membership

pytestmark = pytest.mark.django_db


@pytest.fixture
def beta(account) -> ContactList:
    return ContactList.objects.create(account=account, name="Beta")


def fill(contact_list: ContactList, number: int) -> list[Contact]:
    contacts = Contact.objects.bulk_create(
        Contact(account=contact_list.account, user_id=f"m{n}", email=f"m{n}@example.com")
        for n in range(number)
    )
    ContactListMembership.objects.bulk_create(
        ContactListMembership(contact_list=contact_list, contact=contact)
        for contact in contacts
    )
    return contacts


def text(client, name: str, *args: int, **query: str) -> str:
    return client.get(reverse(name, args=args), query).content.decode()


def test_the_page_counts_members(alice_client, beta):
    fill(beta, 3)
    page = text(alice_client, "contact-lists")
    assert "Beta" in page
    assert '<td class="number">3</td>' in page


def test_without_lists_it_says_what_to_do(alice_client):
    assert "No lists yet" in text(alice_client, "contact-lists")


def test_members_come_in_pages_last_added_first(alice_client, beta):
    contacts = fill(beta, 60)
    first = text(alice_client, "contact-list-members", beta.pk)
    assert "m59@example.com" in first.replace("<wbr>", "")
    assert "m5@example.com" not in first
    assert 'rel="next"' in first
    assert "60 contacts" in first
    assert contacts


def test_a_name_is_taken_once(alice_client, account, beta):
    answer = alice_client.post(reverse("contact-list-create"), {"name": " Beta "})
    assert "You have a list of this name." in answer.content.decode()
    alice_client.post(reverse("contact-list-create"), {"name": "Fair"})
    assert account.contact_lists.filter(name="Fair").exists()


def test_another_account_may_use_the_same_name(charlie_client, other_account, beta):
    charlie_client.post(reverse("contact-list-create"), {"name": "Beta"})
    assert other_account.contact_lists.get().name == "Beta"


def test_renaming(alice_client, beta):
    alice_client.post(reverse("contact-list-rename", args=[beta.pk]), {"name": "Gamma"})
    beta.refresh_from_db()
    assert beta.name == "Gamma"


def test_removing_members_keeps_the_contacts(alice_client, beta):
    one, two = fill(beta, 2)
    alice_client.post(
        reverse("contact-list-remove", args=[beta.pk]), {"contact": [one.pk, "junk"]}
    )
    assert list(beta.contacts.all()) == [two]
    assert Contact.objects.count() == 2


def test_a_list_is_deleted_without_its_contacts(alice_client, beta):
    fill(beta, 2)
    path = reverse("contact-list-delete", args=[beta.pk])
    assert "They stay" in alice_client.get(path).content.decode()
    alice_client.post(path)
    assert not ContactList.objects.exists()
    assert Contact.objects.count() == 2


def test_a_list_that_a_campaign_uses_stays(alice_client, campaign):
    path = reverse("contact-list-delete", args=[campaign.contact_list_id])
    answer = alice_client.post(path).content.decode()
    assert "The campaign “After an order” uses this list, so it stays." in answer
    assert ContactList.objects.filter(pk=campaign.contact_list_id).exists()


def test_a_viewer_looks(alice, alice_client, beta):
    Membership.objects.filter(user=alice).update(role="viewer")
    assert "Rename" not in text(alice_client, "contact-list-members", beta.pk)
    for name in ("contact-list-rename", "contact-list-delete", "contact-list-remove"):
        path = reverse(name, args=[beta.pk])
        assert alice_client.post(path, {"name": "X"}).status_code == 403
    assert alice_client.get(reverse("contact-list-create")).status_code == 403
    beta.refresh_from_db()
    assert beta.name == "Beta"


def test_queries_do_not_grow_with_members(
    alice_client, beta, django_assert_max_num_queries
):
    fill(beta, 50)
    with django_assert_max_num_queries(8):
        text(alice_client, "contact-list-members", beta.pk)
