"""What is large inside costs little memory; of uploads and imports `make prove` shows it.

Which answers bombs get: tests/segment_ingest/test_hostile_bodies.py."""

from __future__ import annotations

import tracemalloc

import pytest
from django.utils import timezone

from segment_ingest.accept import accept, accept_webhook
from segment_ingest.models import Connection
from segment_ingest.proving.bombs import bombs_of_segment, bombs_of_webhooks

MOST_MB = 48


@pytest.fixture
def token(account) -> str:
    connection = Connection.objects.open(account=account, name="Hook", now=timezone.now())
    Connection.objects.update(takes_unsigned=True)
    return connection.token


@pytest.mark.django_db
@pytest.mark.either_database
def test_no_bomb_needs_much_memory(segment_key, token):
    tracemalloc.start()
    try:
        for path, body, headers in [*bombs_of_segment(), *bombs_of_webhooks(token)]:
            gzipped = "Content-Encoding" in headers
            about = {"body": body, "gzipped": gzipped, "now": timezone.now()}
            tracemalloc.reset_peak()
            before, _ = tracemalloc.get_traced_memory()
            if token in path:
                answer = accept_webhook(token=token, signature="", **about)
            else:
                answer = accept(call=path.split("/")[-1], key=segment_key, **about)
            _, peak = tracemalloc.get_traced_memory()
            assert peak - before < MOST_MB * 1024 * 1024, (path, body[:30])
            assert answer.status in (200, 400, 413)
    finally:
        tracemalloc.stop()
