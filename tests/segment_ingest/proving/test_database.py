"""What a failing database costs: a 503, and nothing that was answered 200.

Restarts of PostgreSQL, a locked file and a full disk are `make prove`'s, on real processes.
"""

from __future__ import annotations

import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from segment_ingest.models import SegmentMessage
from segment_ingest.proving.duplicates import bodies_with_copies


@pytest.mark.skipif(connection.vendor != "sqlite", reason="a server's way differs")
@pytest.mark.django_db(transaction=True)
def test_a_file_that_is_read_only_is_a_503(client, segment_key):
    def track() -> int:
        return client.post(
            "/v1/track",
            {"event": "e", "userId": "u"},
            content_type="application/json",
            HTTP_X_WRITE_KEY=segment_key,
        ).status_code

    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only = ON")
    try:
        assert track() == 503
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA query_only = OFF")
    assert track() == 200
    assert SegmentMessage.objects.count() == 1


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
