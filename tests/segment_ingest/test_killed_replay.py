"""A worker killed in the middle of a replay, for real: SIGKILL, no farewell."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.models import Campaign
from segment_ingest.doorbell import replay_bell
from segment_ingest.models import Replay, SegmentMessage
from segment_ingest.tasks import run_replays
from surveys.models import Survey, SurveyEmail
from tests.harness.processes import wait_until
from tests.harness.worker import Worker, environment
from tests.segment_ingest.stored import counted, person, stored

EVENTS = 6_000


@pytest.mark.django_db(transaction=True)
def test_another_goes_on_and_asks_nobody_twice(
    account, campaign, valkey, smtp_sink, tmp_path
):
    now = timezone.now()
    # A day's delay: nothing is due, so that only the replay is at work.
    Campaign.objects.update(status=Campaign.Status.ACTIVE, delivery_delay=1)
    campaign.refresh_from_db()
    first = stored(account, "first", at=now - timedelta(hours=3), user_id="u0")
    SegmentMessage.objects.bulk_create(
        SegmentMessage(
            account=account,
            message_id=f"m{number}",
            type="track",
            user_id=f"u{number}",
            event=first.event,
            body={},
            verdict=first.verdict,
            timestamp=first.timestamp,
            received_at=first.received_at,
            processed_at=first.processed_at,
        )
        for number in range(1, EVENTS)
    )
    for number in range(EVENTS // 4):
        person(account, f"u{number}")
    replay = counted(campaign, now=now)
    assert replay.surveys == EVENTS // 4
    assert replay.send(now=now)
    worker = Worker(
        name="doomed",
        environment=environment(redis_url=valkey.url(), email_url=smtp_sink.url),
        log=tmp_path / "worker.log",
        pool="prefork",
    )
    try:
        replay_bell.ring()
        wait_until(lambda: Replay.objects.get().seen > 0, limit=60, what="the first batch")
    finally:
        worker.process.kill()

    replay.refresh_from_db()
    assert (replay.status, replay.seen < EVENTS) == ("running", True)
    assert Survey.objects.count() == replay.surveys
    run_replays()
    assert Replay.objects.get().status == "running"

    Replay.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    while Replay.objects.get().status != "done":
        run_replays()
    replay.refresh_from_db()
    assert (replay.seen, replay.counts) == (EVENTS, replay.forecast)
    assert replay.attempt >= 3
    assert Survey.objects.count() == SurveyEmail.objects.count() == EVENTS // 4
