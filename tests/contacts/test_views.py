"""Finding people."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contacts.models import Contact, Suppression
from contacts.suppression import suppress

pytestmark = pytest.mark.django_db


def add(account, email: str, now, **fields) -> Contact:
    contact = Contact(account=account, updated_at=now, **fields)
    contact.set_email(email)
    contact.save()
    return contact


@pytest.fixture
def people(account, now):
    add(account, "ada@example.com", now, first_name="Ada", last_name="Lovelace")
    add(account, "grace@example.org", now, first_name="Grace", user_id="navy-7")


def listed(client, query: str = "") -> str:
    response = client.get(f"/contacts/{query}")
    assert response.status_code == 200
    return response.content.decode().replace("<wbr>", "")


@pytest.mark.parametrize(
    "words", ["ada", "ADA@example", "lovelace ada", "Ada%20Lovelace", "example.com"]
)
def test_a_search_finds_by_email_and_name(alice_client, people, words):
    page = listed(alice_client, f"?q={words}")

    assert "ada@example.com" in page
    assert "grace@example.org" not in page


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Özil", "özil"),
        ("Özil", "ÖZIL"),
        ("ÖZTÜRK", "öztürk"),
        ("Иван", "иван"),
        ("Åsa-Élise", "åsa-élise"),
    ],
)
def test_a_search_finds_whatever_the_capitals(
    alice_client, account, people, now, name, words
):
    add(account, "o@example.com", now, first_name=name, attributes={"city": name})

    for query in (f"?q={words}", f"?attribute=city&op=contains&value={words[1:]}"):
        page = listed(alice_client, query)
        assert "o@example.com" in page
        assert "ada@example.com" not in page


def test_a_search_finds_by_user_id(alice_client, people):
    page = listed(alice_client, "?q=navy-7")

    assert "grace@example.org" in page
    assert "ada@example.com" not in page


@pytest.mark.parametrize("words", ["%25", "_", "zzz", "%00zzz", "'", "a" * 5000])
def test_what_nobody_is_called_finds_nobody(alice_client, people, words):
    assert "Nobody found" in listed(alice_client, f"?q={words}")


def test_who_must_not_be_mailed_is_marked_with_the_reason(
    alice_client, account, people, now
):
    suppress(
        account=account,
        email="ada@example.com",
        reason=Suppression.Reason.BOUNCED,
        now=now,
    )

    assert 'data-status="bounced"' in listed(alice_client, "?q=ada")
    assert 'data-status="bounced"' not in listed(alice_client, "?q=grace")


def test_who_changed_last_is_first_and_the_rest_is_pages_away(alice_client, account, now):
    for number in range(51):
        add(account, f"p{number}@example.com", now + timedelta(seconds=number))

    page = listed(alice_client)
    assert page.index("p50@") < page.index("p49@")
    assert "p0@example.com" not in page

    older = page.split('rel="next" href="')[1].split('"')[0]
    assert "p0@example.com" in listed(alice_client, older)


def test_without_contacts_the_page_says_how_they_come(alice_client):
    page = listed(alice_client)

    assert "No contacts yet" in page
    assert 'href="/segment/"' in page


def test_a_strangers_contacts_are_not_found(charlie_client, people):
    assert "Nobody found" in listed(charlie_client, "?q=ada")
