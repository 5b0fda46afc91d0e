"""What a failing database costs: a 503, and nothing that was answered 200.

Restarts of PostgreSQL, a locked file and a full disk are `make prove`'s, on real processes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.http import HttpResponse

from contacts.models import ContactList
from segment_ingest.models import SegmentMessage
from segment_ingest.proving.duplicates import bodies_with_copies

EVENT = {"event": "e", "userId": "u"}
SURVEYS = "/api/v1/campaigns/1/surveys"
KATE = "kate@acme.example"


@contextmanager
def read_only() -> Iterator[None]:
    """As a file that may not be written, or a standby after a failover."""
    on, off = ("PRAGMA query_only = ON", "PRAGMA query_only = OFF")
    if connection.vendor == "postgresql":
        on, off = (f"SET default_transaction_read_only = {word}" for word in ("on", "off"))
    with connection.cursor() as cursor:
        cursor.execute(on)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(off)


@contextmanager
def no_connection_free() -> Iterator[None]:
    """Whoever comes now is refused, as at max_connections; PostgreSQL only."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE too_many LOGIN CONNECTION LIMIT 0")
    ours = connection.settings_dict["USER"]
    connection.settings_dict["USER"] = "too_many"
    connection.close()
    try:
        yield
    finally:
        connection.settings_dict["USER"] = ours
        connection.close()
        with connection.cursor() as cursor:
            cursor.execute("DROP ROLE too_many")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fault", [read_only, no_connection_free])
def test_a_database_that_takes_nothing_is_a_503(client, alice_client, segment_key, fault):
    if fault is no_connection_free and connection.vendor == "sqlite":
        pytest.skip("a file takes everybody")
    # A page must say it as well, and not break.
    alice_client.raise_request_exception = False

    def answers() -> list[HttpResponse]:
        key = {"x-write-key": segment_key, "authorization": f"Bearer {segment_key}"}
        json_type = "application/json"
        return [
            client.post("/v1/track", EVENT, content_type=json_type, headers=key),
            client.post(SURVEYS, {"email": KATE}, content_type=json_type, headers=key),
            alice_client.post("/contacts/lists/new/", {"name": "Friends"}),
        ]

    with fault():
        refused = answers()
        ready = client.get("/readyz").json()["reasons"].get("database", "")
    assert [each.status_code for each in refused] == [503, 503, 503]
    assert all(int(each["Retry-After"]) for each in refused)
    assert "This can’t be done right now" in refused[-1].content.decode()
    if connection.vendor == "postgresql":
        told = {read_only: "can't be written", no_connection_free: "no connection to spare"}
        assert told[fault] in ready
    assert [each.status_code for each in answers()] == [200, 404, 302]
    assert SegmentMessage.objects.count() == ContactList.objects.count() == 1


@pytest.mark.skipif(connection.vendor == "sqlite", reason="there is nothing to restart")
def test_who_proves_restarts_says_how(monkeypatch):
    monkeypatch.delenv("DATABASE_RESTART", raising=False)
    with pytest.raises(CommandError, match="--restart-command"):
        call_command("prove", "database")


def test_copies_of_an_event_have_other_neighbours(given):
    """tests/segment_ingest/test_concurrency.py sends some at once."""
    bodies = bodies_with_copies(20, 3, given.chance())
    ids = [event["messageId"] for body in bodies for event in json.loads(body)["batch"]]
    assert len(ids) == 20 * 2 * 3
    assert len(set(ids)) == 40
    assert len(set(bodies)) > 4
