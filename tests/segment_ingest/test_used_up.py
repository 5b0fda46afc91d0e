"""Who has used up the day is turned away without a write; the count comes later."""

from __future__ import annotations

import http.client
from contextlib import closing

import pytest

from segment_ingest.models import DailyUsage
from tests.harness.web import WebServer
from tests.harness.worker import environment
from tests.segment_ingest.conftest import basic

pytestmark = pytest.mark.django_db(transaction=True)
CALLS = 30


def test_a_server_that_is_stopped_writes_down_whom_it_turned_away(
    segment_key, account, tmp_path
):
    account.daily_event_limit = 0
    account.save()
    nobody = environment(redis_url="redis://127.0.0.1:1/0", email_url="smtp://127.0.0.1:1")
    # Nothing is written before the stop, however slow the machine.
    server = WebServer(tmp_path / "log", nobody | {"SEGMENT_REFUSED_SECONDS": "900"})
    try:
        headers = {"Authorization": basic(segment_key)}
        with closing(
            http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        ) as link:
            for _ in range(CALLS):
                link.request("POST", "/v1/track", b"no JSON", headers)
                answer = link.getresponse()
                answer.read()
                assert answer.status == 429
        assert not DailyUsage.objects.filter(refused__gt=0).exists()
        server.process.stop(limit=60)
    finally:
        server.process.kill()
    assert DailyUsage.objects.get(account=account).refused == CALLS
