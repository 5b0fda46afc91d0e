"""The page of attributes: what the account's contacts have."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.models import Attribute
from contacts.upsert import save_contacts
from tests.surveys.asked import kate

pytestmark = pytest.mark.django_db

PAGE = "/contacts/attributes/"


def seen(account, now, *names: str, type_=Attribute.Type.TEXT) -> None:
    Attribute.objects.bulk_create(
        Attribute(account=account, name=name, type=type_, last_seen_at=now)
        for name in names
    )


def page_of(client, **query: str) -> str:
    answer = client.get(PAGE, query)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().replace("<wbr>", "").split())


def test_each_attribute_has_its_type(alice_client, account, now):
    seen(account, now, "plan & price")
    seen(account, now, "company", type_=Attribute.Type.OBJECT)

    page = page_of(alice_client)

    assert page.index("company") < page.index("plan &amp; price")
    assert "<td>Object</td>" in page
    assert "<td>Text</td>" in page


def test_it_leads_to_the_contacts_that_have_it(alice_client, account, now):
    seen(account, now, "plan & price")
    contact = kate(account, attributes={"plan & price": "gold"})
    kate(account, "other@example.com")
    save_contacts(contacts=[contact], now=now)

    link = "/contacts/?attribute=plan+%26+price"
    assert f'href="{link}"' in page_of(alice_client)
    contacts = alice_client.get(link).content.decode().replace("<wbr>", "")
    assert "kate@example.com" in contacts
    assert "other@example.com" not in contacts


def test_a_part_of_the_name_finds_it(alice_client, account, now):
    seen(account, now, "Plan", "seats")

    page = page_of(alice_client, q="PLA")
    assert "?attribute=Plan" in page
    assert "?attribute=seats" not in page
    assert "No such attribute" in page_of(alice_client, q="nothing\0")


def test_hundreds_are_paged_by_name_at_the_same_cost(alice_client, account, now):
    seen(account, now, "name 000")
    with CaptureQueriesContext(connection) as few:
        page_of(alice_client)
    seen(account, now, *(f"name {number:03}" for number in range(1, 150)))

    with CaptureQueriesContext(connection) as many:
        first = page_of(alice_client)
    assert len(many) == len(few)
    assert "?attribute=name+099" in first and "?attribute=name+100" not in first
    assert "?after=name+099" in first
    second = page_of(alice_client, after="name 099")
    assert "?attribute=name+100" in second and "?attribute=name+149" in second
    assert "To the first" in second and "Next" not in second


def test_an_account_without_any_is_told_where_they_come_from(alice_client):
    assert "Every trait of an identify call becomes one" in page_of(alice_client)


def test_a_stranger_learns_nothing(charlie_client, account, now):
    seen(account, now, "plan")

    assert "?attribute=plan" not in page_of(charlie_client)
