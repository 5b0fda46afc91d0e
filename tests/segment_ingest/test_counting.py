"""How often each event came: added up behind the requests, once each."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine

from segment_ingest import counting
from segment_ingest.counting import count_events
from segment_ingest.models import DailyUsage, EventCount
from tests.conftest import NOW


@pytest.fixture
def counts(account):
    def read(day: date | None = None) -> dict[tuple[str, str], int]:
        rows = EventCount.objects.filter(account=account, day=day or NOW.date())
        return {(row.type, row.event): row.count for row in rows}

    return read


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(NOW, tick=False):
        yield


def test_every_event_is_counted_once_under_its_name(segment, counts):
    segment.identify()
    segment.track("Order Completed", messageId="1")
    segment.track(" Order Completed ", messageId="2")
    segment.track("Order Completed", messageId="2")
    assert count_events() == 3
    segment.post("/v1/page", {"userId": "u", "name": "Home"})
    segment.track("order completed")
    assert count_events() == 2
    assert count_events() == 0
    assert counts() == {
        ("identify", ""): 1,
        ("track", "Order Completed"): 2,
        ("track", "order completed"): 1,
        ("page", ""): 1,
    }


def test_days_are_utc_and_a_day_that_nobody_counted_is_made_up_for(segment, counts):
    segment.track()
    tomorrow = NOW.replace(hour=23, minute=59) + timedelta(minutes=1)
    with time_machine.travel(tomorrow, tick=False):
        segment.track()
        assert count_events() == 2
        row = EventCount.objects.get(day=tomorrow.date())
    assert row.last_seen_at == tomorrow
    assert counts() == {("track", "Order Completed"): 1}


def test_of_two_workers_one_counts(segment, counts, monkeypatch):
    segment.track()
    honest = counting._rows
    inside = []

    def counts_meanwhile(*args):
        rows = honest(*args)
        if not inside:
            inside.append(True)
            assert count_events() == 1
        return rows

    monkeypatch.setattr(counting, "_rows", counts_meanwhile)
    assert count_events() == 0
    assert counts() == {("track", "Order Completed"): 1}


def test_made_up_names_count_as_one(segment, counts, monkeypatch):
    monkeypatch.setattr(counting, "MOST_NAMES", 2)
    segment.track("often")
    segment.track("often", messageId="again")
    segment.track("rare")
    count_events()
    segment.track("rare", messageId="once more")
    for number in range(3):
        segment.track(f"made up {number}")
    count_events()
    assert counts() == {("track", "often"): 2, ("track", "rare"): 2, ("track", ""): 3}


def test_a_duplicate_across_midnight_does_not_keep_the_day_open(segment, account):
    segment.track(messageId="1")
    # What a request on the other side of midnight leaves: counted, but not stored here.
    DailyUsage.objects.update(accepted=2)
    assert count_events() == 1
    usage = DailyUsage.objects.get()
    assert usage.counted == usage.accepted
