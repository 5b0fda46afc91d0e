"""Many contacts at once: found, chosen, acted on."""

from __future__ import annotations

import pytest
from django.urls import reverse

from contacts import bulk
from contacts.filters import ContactFilter
from contacts.models import Contact, ContactList, SavedFilter, Suppression
from contacts.suppression import suppress
from promoter.accounts.models import Membership

pytestmark = pytest.mark.django_db
PEOPLE = [
    {"plan": "pro", "seats": 5, "2024": "yes", "vip": True},
    {"plan": "free", "seats": 5.5, "2024": "no", "vip": False},
    {"plan": ["pro"], 'a "quoted" name': "x"},
]


@pytest.fixture
def people(account) -> list[Contact]:
    rows = []
    for number, attributes in enumerate(PEOPLE):
        contact = Contact(account=account, user_id=f"u{number}", attributes=attributes)
        contact.set_email(f"p{number}@example.com")
        contact.save()
        rows.append(contact)
    return rows


@pytest.fixture
def beta(account) -> ContactList:
    return ContactList.objects.create(account=account, name="Beta")


def found(account, **wanted: str) -> set[str]:
    contacts = ContactFilter.of(wanted).apply(Contact.objects.filter(account=account))
    return {str(contact.user_id) for contact in contacts}


def act(client, **data):
    return client.post(reverse("contact-bulk"), data, follow=True)


class TestFilters:
    @pytest.mark.parametrize(
        ("name", "value", "who"),
        [
            ("plan", "pro", {"u0"}),
            ("plan", "Pro", set()),
            ("plan", "", {"u0", "u1", "u2"}),
            ("seats", "5", {"u0"}),
            ("seats", "5.5", {"u1"}),
            ("vip", "true", {"u0"}),
            ("vip", "false", {"u1"}),
            ("2024", "yes", {"u0"}),
            ("2024", "", {"u0", "u1"}),
            ("seats__gt", "1", set()),
            ("it's", "1", set()),
            ("$.plan", "pro", set()),
        ],
    )
    def test_by_attribute_the_same_on_both_databases(
        self, account, people, name, value, who
    ):
        assert found(account, attribute=name, value=value) == who

    def test_by_list_and_mail(self, account, people, beta, now):
        beta.contacts.add(people[0])
        suppress(account=account, email="P1@example.com", reason="manual", now=now)
        Contact.objects.create(account=account, user_id="silent")

        assert found(account, list=str(beta.pk)) == {"u0"}
        assert found(account, mail="yes") == {"u0", "u2"}
        assert found(account, mail="no") == {"u1"}
        assert found(account, mail="none") == {"silent"}

    def test_what_makes_no_sense_is_no_wish(self, account, people):
        assert not ContactFilter.of({"mail": "maybe", "list": "x", "q": "\0"})
        assert found(account, list="9" * 30) == set()

    def test_a_view_is_saved_found_again_and_deleted(self, alice_client, account, people):
        wanted = "attribute=plan&value=pro&junk=1"
        alice_client.post(reverse("contact-filter-save"), {"name": "Pro", "filter": wanted})
        saved = SavedFilter.objects.get(account=account)
        assert saved.query == "attribute=plan&value=pro"
        page = alice_client.get(f"/contacts/?{saved.query}").content.decode()
        assert "p0@" in page.replace("<wbr>", "")
        assert "p1@" not in page.replace("<wbr>", "")
        assert "Delete this view" in page

        alice_client.post(reverse("contact-filter-delete", args=[saved.pk]))
        assert not SavedFilter.objects.exists()

    def test_no_view_without_a_wish(self, alice_client):
        alice_client.post(reverse("contact-filter-save"), {"name": "All", "filter": ""})
        assert not SavedFilter.objects.exists()


class TestActs:
    def test_the_ticked_are_added_and_removed(self, alice_client, people, beta):
        ticked = [people[0].pk, people[2].pk]
        act(alice_client, act="add", list=beta.pk, contact=ticked)
        assert set(beta.contacts.all()) == {people[0], people[2]}
        act(alice_client, act="remove", list=beta.pk, contact=people[0].pk)
        assert set(beta.contacts.all()) == {people[2]}

    def test_all_that_the_filter_finds_in_parts(
        self, alice_client, people, beta, monkeypatch
    ):
        monkeypatch.setattr(bulk, "PART", 1)
        act(alice_client, act="add", list=beta.pk, all="yes", filter="attribute=seats")
        assert set(beta.contacts.all()) == set(people[:2])

    def test_stopping_asks_first(self, alice_client, people):
        asked = act(alice_client, act="stop", all="yes", filter="q=p1")
        assert "1 contact with an address will get no survey" in asked.content.decode()
        assert not Suppression.objects.exists()
        act(alice_client, act="stop", all="yes", filter="q=p1", confirmed="yes")
        row = Suppression.objects.get()
        assert (row.email, row.reason) == ("p1@example.com", "manual")

    def test_the_ticked_are_exported(self, alice_client, people):
        answer = alice_client.post(
            reverse("contact-bulk"), {"act": "export", "contact": people[1].pk}
        )
        lines = b"".join(answer.streaming_content).decode().splitlines()
        assert [line.partition(",")[0] for line in lines[1:]] == ["u1"]

    @pytest.mark.parametrize(
        ("data", "sentence"),
        [
            ({"act": "add"}, "Choose some contacts first."),
            ({"act": "", "all": "yes"}, "Choose what to do with them."),
            ({"act": "add", "all": "yes"}, "Choose a list"),
            ({"act": "add", "all": "yes", "list": "x"}, "Choose a list"),
        ],
    )
    def test_what_is_missing_is_said(self, alice_client, people, data, sentence):
        assert sentence in act(alice_client, **data).content.decode()

    def test_ids_of_others_are_nobody(self, charlie_client, people, beta, other_account):
        theirs = ContactList.objects.create(account=other_account, name="Theirs")
        ticked = [contact.pk for contact in people]
        act(charlie_client, act="add", list=theirs.pk, contact=ticked)
        act(charlie_client, act="add", list=beta.pk, contact=ticked)
        act(charlie_client, act="stop", contact=ticked, confirmed="yes")
        assert not theirs.contacts.exists()
        assert not beta.contacts.exists()
        assert not Suppression.objects.exists()

    def test_a_viewer_exports_and_changes_nothing(self, alice, alice_client, people, beta):
        Membership.objects.filter(user=alice).update(role="viewer")
        for name in ("add", "remove", "stop"):
            answer = act(alice_client, act=name, list=beta.pk, all="yes", confirmed="yes")
            assert answer.status_code == 403
        assert alice_client.post(
            reverse("contact-bulk"), {"act": "export", "all": "yes"}
        ).streaming
        assert not Suppression.objects.exists()
        assert not beta.contacts.exists()
