"""A 200 is a promise: whatever was answered so is there, however the server died."""

from __future__ import annotations

import http.client
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count
from threading import Event

import pytest

from segment_ingest.models import DailyUsage, SegmentMessage
from tests.harness.processes import wait_until
from tests.harness.web import WebServer
from tests.harness.worker import environment
from tests.segment_ingest.conftest import basic

CLIENTS = 12
pytestmark = pytest.mark.django_db(transaction=True)


def test_what_was_answered_200_outlives_a_kill(segment_key, account, tmp_path):
    nobody = environment(redis_url="redis://127.0.0.1:1/0", email_url="smtp://127.0.0.1:1")
    threads = ("--workers", "1", "--blocking-threads", str(CLIENTS))
    server = WebServer(tmp_path / "log", nobody, options=threads)
    answered: list[str] = []
    is_over = Event()

    def send(client: int) -> None:
        headers = {"Authorization": basic(segment_key)}
        with closing(
            http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        ) as link:
            for number in count():
                name = f"{client}-{number}"
                body = {"event": "e", "userId": "u", "messageId": name}
                try:
                    link.request("POST", "/v1/track", json.dumps(body), headers)
                    answer = link.getresponse()
                    answer.read()
                except (OSError, http.client.HTTPException):
                    return
                assert answer.status == 200
                answered.append(name)
                if is_over.is_set():
                    return

    try:
        with ThreadPoolExecutor(CLIENTS) as pool:
            clients = [pool.submit(send, number) for number in range(CLIENTS)]
            try:
                wait_until(lambda: len(answered) > 15 * CLIENTS, limit=30)
                server.process.kill()
            finally:
                is_over.set()
        for each in clients:
            each.result()
    finally:
        server.process.kill()
    stored = set(SegmentMessage.objects.values_list("message_id", flat=True))
    assert set(answered) <= stored
    # Each client may have had one on the way.
    assert len(stored) - len(answered) <= CLIENTS
    assert DailyUsage.objects.get(account=account).accepted == len(stored)
