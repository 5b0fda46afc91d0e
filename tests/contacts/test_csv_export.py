"""Contacts and suppressions as files."""

from __future__ import annotations

import csv
import io

import pytest
from django.urls import reverse

from contacts.models import Contact, Suppression
from contacts.suppression import suppress
from promoter.lib import exporting

pytestmark = pytest.mark.django_db


def download(client, name: str, query: str = "") -> list[list[str]]:
    if name == "contacts":
        posted = {"what": name, "filter": query}
        answer = client.post(reverse("export-start"), posted)
    else:
        answer = client.get(f"{reverse(name)}?{query}")
    assert answer.streaming
    text = b"".join(answer.streaming_content).decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:], newline="")))


@pytest.fixture
def people(account, now) -> list[Contact]:
    rows = []
    for number, attributes in enumerate(
        [{"plan": "pro", "seats": 5}, {"=cmd": "=1+1"}, {"tags": ["a", "é"], "plan": None}]
    ):
        contact = Contact(
            account=account,
            user_id=f"u{number}",
            first_name="-Ann" if number else "Ann",
            attributes=attributes,
            created_at=now,
            updated_at=now,
        )
        contact.set_email(f"p{number}@example.com")
        contact.save()
        rows.append(contact)
    suppress(account=account, email="p1@example.com", reason="bounced", now=now)
    return rows


def test_every_attribute_has_a_column_and_no_cell_is_a_formula(alice_client, people):
    header, first, second, third = download(alice_client, "contacts")

    assert header == [
        *("user_id", "email", "first_name", "last_name"),
        *("mail (Promoter)", "added (Promoter)", "changed (Promoter)"),
        *("'=cmd", "plan", "seats", "tags"),
    ]
    assert first[:5] == ["u0", "p0@example.com", "Ann", "", ""]
    assert first[5] == "2026-11-23T12:00:00Z"
    assert first[7:] == ["", "pro", "5", ""]
    assert (second[2], second[4], second[7]) == ("'-Ann", "bounced", "'=1+1")
    assert third[8:] == ["", "", '["a", "é"]']


def test_the_file_has_what_the_page_shows(alice_client, people):
    rows = download(alice_client, "contacts", "attribute=plan&value=pro")
    assert [row[0] for row in rows[1:]] == ["u0"]


def test_it_is_read_in_parts(alice_client, people, monkeypatch):
    monkeypatch.setattr(exporting, "PART", 2)
    rows = download(alice_client, "contacts")
    assert [row[0] for row in rows[1:]] == ["u0", "u1", "u2"]


def test_nothing_of_another_account(charlie_client, people):
    assert len(download(charlie_client, "contacts")) == 1
    assert len(download(charlie_client, "contact-suppression-export")) == 1


def test_suppressions_leave_out_the_erased(alice_client, account, now, people):
    Suppression.objects.create(
        account=account, address_digest="x", reason="erased", created_at=now
    )
    assert download(alice_client, "contact-suppression-export")[1:] == [
        ["p1@example.com", "bounced", "", "2026-11-23T12:00:00Z"]
    ]
