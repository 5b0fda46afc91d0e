"""A Webhooks destination's life, as an owner leads it."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from segment_ingest.models import Connection

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection(account, now) -> Connection:
    return Connection.objects.open(account=account, name="Production", now=now)


def page_of(client, connection) -> str:
    response = client.get(f"/segment/connections/{connection.pk}/")
    assert response.status_code == 200
    return response.content.decode()


def test_a_new_connection_shows_its_url_and_secret_now_and_later(alice_client):
    made = alice_client.post("/segment/connections/", {"name": "Production"})

    connection = Connection.objects.get()
    assert made["Location"] == f"/segment/connections/{connection.pk}/"
    for _ in range(2):
        page = page_of(alice_client, connection)
        assert connection.url in page
        assert connection.secret in page


def test_two_secrets_count_until_the_old_one_is_said_to_be_out_of_use(
    alice_client, connection
):
    first = connection.secret
    path = f"/segment/connections/{connection.pk}/"

    alice_client.post(f"{path}rotate/")
    connection.refresh_from_db()
    assert connection.secrets == [connection.secret, first]
    assert "The old one is out of use" in page_of(alice_client, connection)

    # A second press would throw out the one that Segment still signs with.
    alice_client.post(f"{path}rotate/")
    assert first in Connection.objects.get().secrets

    alice_client.post(f"{path}drop-old-secret/")
    assert Connection.objects.get().secrets == [connection.secret]


def test_taking_unsigned_events_is_a_choice_that_can_be_taken_back(
    alice_client, connection
):
    path = f"/segment/connections/{connection.pk}/unsigned/"

    alice_client.post(path, {"takes_unsigned": "on"})
    assert Connection.objects.get().takes_unsigned
    alice_client.post(path)
    assert not Connection.objects.get().takes_unsigned


def test_revoking_a_connection_asks_once_more_and_is_final(alice_client, connection):
    path = f"/segment/connections/{connection.pk}/"

    assert "Revoke “Production”?" in alice_client.get(f"{path}revoke/").content.decode()
    assert Connection.objects.usable().exists()

    alice_client.post(f"{path}revoke/")
    assert not Connection.objects.usable().exists()
    assert alice_client.get(path).status_code == 404


def test_an_account_has_twenty_connections_at_most(alice_client, account, now):
    for _ in range(20):
        Connection.objects.open(account=account, name="Webhooks", now=now)

    answer = alice_client.post("/segment/connections/", follow=True)

    assert "are the most" in answer.content.decode()
    assert Connection.objects.count() == 20


def test_only_an_owner_opens_a_connection(bob, connection):
    client = Client()
    client.force_login(bob)

    overview = client.get("/segment/connect/").content.decode()

    assert "Production" in overview
    assert "An owner of the account makes and revokes connections." in overview
    assert not re.search(r"/segment/connections/", overview)
    assert client.get(f"/segment/connections/{connection.pk}/").status_code == 403
    assert client.post("/segment/connections/").status_code == 403
