"""The ingest rings for its inbox, and never waits for who hears it."""

from __future__ import annotations

import socket
import time

import pytest
from celery import Celery

from promoter.lib.doorbell import Doorbell
from segment_ingest import views
from tests.harness.processes import wait_until


@pytest.fixture
def rings() -> list[float]:
    """The moment of every publication of `bell`."""
    return []


@pytest.fixture
def bell(rings) -> Doorbell:
    return Doorbell("some.task", publish=lambda task: rings.append(time.monotonic()))


def test_a_broker_that_hangs_costs_the_request_nothing(segment, monkeypatch):
    """It accepts and never says a word: a request that waited for it would never end."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(30)
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        # Not as current: the tests that follow must find our own application.
        app = Celery(broker=url, set_as_current=False)
        bell = Doorbell("some.task", publish=lambda task: app.send_task(task, retry=False))
        monkeypatch.setattr(views, "inbox_bell", bell)
        segment.track(messageId="first")
        connection, _ = silent.accept()
        with connection:
            for number in range(20):
                assert segment.track(messageId=str(number)).status_code == 200


def test_a_broker_that_is_down_costs_no_event(segment, messages):
    """The suite's REDIS_URL leads nowhere."""
    for number in range(20):
        assert segment.track(messageId=str(number)).status_code == 200
    assert messages.count() == 20


def test_what_waits_for_nothing_rings_nobody(segment, bell, rings, monkeypatch):
    monkeypatch.setattr(views, "inbox_bell", bell)
    segment.post("/v1/page", {"userId": "u"})
    segment.post("/v1/identify", {"anonymousId": "a"})
    segment.post("/v1/track", {"event": ""})
    segment.identify(messageId="1")
    wait_until(lambda: rings, what="the ring for the identify")
    segment.identify(messageId="1")
    assert len(rings) == 1
