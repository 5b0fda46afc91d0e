"""Many at once, with connections of their own: counts stay exact, effects single."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from django.utils import timezone

from segment_ingest.processing import process_round
from tests.harness.at_once import THREADS, at_once
from tests.segment_ingest.conftest import Segment

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("either_door"),
]


def test_sixteen_writers_take_exactly_the_limit(segment, account, messages, usage):
    account.daily_event_limit = 400
    account.save()
    each = 600 // THREADS + 1

    def send(number: int) -> Counter[int]:
        client = Segment(segment.key)
        return Counter(
            client.track(messageId=f"{number}-{n}").status_code for n in range(each)
        )

    answers = sum(at_once(send), Counter())
    assert answers == {200: 400, 429: THREADS * each - 400}
    assert messages.count() == 400
    assert usage()["accepted"] == 400
    assert usage()["refused"] == THREADS * each - 400


def test_batches_of_many_writers_fill_the_limit_to_the_last(
    segment, account, messages, usage
):
    account.daily_event_limit = 100
    account.save()

    def send(number: int) -> int:
        client = Segment(segment.key)
        taken = 0
        for n in range(3):
            events = [
                {
                    "type": "track",
                    "event": "e",
                    "userId": "u",
                    "messageId": f"{number}-{n}-{m}",
                }
                for m in range(7)
            ]
            taken += client.batch(*events).json().get("accepted", 0)
        return taken

    assert sum(at_once(send)) == 100
    assert messages.count() == usage()["accepted"] == 100


def test_one_event_sent_many_times_at_once_is_one_event(segment, messages, usage):
    def send(number: int) -> list[int]:
        client = Segment(segment.key)
        return [client.track(messageId=str(n)).status_code for n in range(5)]

    assert set(sum(at_once(send), [])) == {200}
    assert messages.count() == 5
    assert usage() == {
        "accepted": 5,
        "duplicates": THREADS * 5 - 5,
        "rejected": 0,
        "refused": 0,
    }


def test_storing_goes_on_while_a_batch_is_processed(segment, campaign, messages):
    """Ingest's check that the account exists doesn't wait for the processor's lock."""

    def work(number: int) -> Any:
        if number:
            client = Segment(segment.key)
            return [client.identify(f"{number}-{n}").status_code for n in range(20)]
        return [process_round(now=timezone.now(), limit=10) for _ in range(6)]

    results = at_once(work, threads=4)
    assert all(set(statuses) == {200} for statuses in results[1:])
    while process_round(now=timezone.now(), limit=10).messages:
        pass
    assert messages.count() == 60
    assert not messages.filter(verdict="").exists()
