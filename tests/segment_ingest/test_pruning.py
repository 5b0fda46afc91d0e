"""What Segment sent is forgotten in time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from segment_ingest.models import SegmentMessage
from segment_ingest.pruning import prune
from segment_ingest.tasks import prune_messages

Verdict = SegmentMessage.Verdict


@pytest.fixture
def aged(account, now):
    """Make messages of these ages in days; their ids are the ages."""

    def make(*days: float, verdict: str = Verdict.IGNORED) -> None:
        SegmentMessage.objects.bulk_create(
            SegmentMessage(
                account=account,
                message_id=f"{verdict}{day}",
                type="page",
                body={"x": 1},
                timestamp=now,
                received_at=now - timedelta(days=day),
                verdict=verdict,
                processed_at=now if verdict else None,
                held_until=now if verdict == Verdict.HELD else None,
            )
            for day in days
        )

    return make


def test_bodies_go_after_30_days_and_rows_after_35(aged, messages, now):
    aged(0, 29.9, 30.1, 34.9, 35.1, 400)
    assert prune(now=now) == (4, 2)
    kept = {each.message_id: each.body for each in messages}
    assert kept == {
        "ignored0": {"x": 1},
        "ignored29.9": {"x": 1},
        "ignored30.1": None,
        "ignored34.9": None,
    }
    assert prune(now=now) == (0, 0)


@pytest.mark.parametrize("step", [1, 2, 3, 7])
def test_steps_of_any_size_do_all_of_it(aged, messages, now, step):
    aged(*[31 + n / 100 for n in range(7)])
    aged(*[36] * 1, *[37 + n for n in range(5)])
    # One request's events share a moment.
    SegmentMessage.objects.filter(received_at__gt=now - timedelta(days=32)).update(
        received_at=now - timedelta(days=31)
    )
    assert prune(now=now, step=step) == (13, 6)
    assert messages.count() == 7


@pytest.mark.parametrize("verdict", [Verdict.PENDING, Verdict.HELD])
def test_a_message_that_still_waits_stays_as_it_is(aged, messages, now, verdict):
    """It was answered 200: whoever stopped the workers for weeks finds it there."""
    aged(31, 400, verdict=verdict)
    prune(now=now)
    assert [each.body for each in messages] == [{"x": 1}, {"x": 1}]


def test_the_task_prunes_by_the_clock(aged, messages):
    aged(400)
    SegmentMessage.objects.update(received_at=timezone.now() - timedelta(days=36))
    prune_messages()
    assert not messages.exists()
