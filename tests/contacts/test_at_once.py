"""A form that is sent twice by a double press does it once."""

from __future__ import annotations

import pytest
from django.test import Client

from contacts.models import Contact, ContactList, Suppression
from contacts.suppression import suppress
from tests.harness.at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 3


def clients_of(person) -> list[Client]:
    clients = [Client(raise_request_exception=False) for _ in range(4)]
    for client in clients:
        client.force_login(person)
    return clients


@pytest.mark.parametrize(
    ("path", "field", "model"),
    [("/contacts/lists/new/", "name", ContactList), ("/contacts/add/", "email", Contact)],
)
def test_two_presses_make_one_row_and_no_error(account, alice, path, field, model):
    clients = clients_of(alice)
    for number in range(ROUNDS):
        values = {field: f"vip{number}@example.com"}

        codes = at_once(lambda n: clients[n].post(path, values).status_code, threads=4)  # noqa: B023

        assert sorted(codes) == [200, 200, 200, 302], codes
    assert model.objects.count() == ROUNDS


def test_two_presses_on_mail_again_are_no_error(account, alice, now):
    clients = clients_of(alice)
    for _ in range(ROUNDS):
        row = suppress(account=account, email="ann@example.com", reason="manual", now=now)
        path = f"/contacts/suppressions/{row.pk}/lift/"

        codes = at_once(lambda n: clients[n].post(path).status_code, threads=4)  # noqa: B023

        assert set(codes) <= {302, 404}, codes
        assert not Suppression.objects.exists()
