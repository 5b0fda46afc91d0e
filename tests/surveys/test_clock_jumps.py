"""A machine's clock that is set: nothing comes twice, and no limit is passed twice."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from segment_ingest.accept import accept
from segment_ingest.processing import process_round
from segment_ingest.proving.proof import EVENT, make_ground
from surveys.delivery import deliver_due
from surveys.sending import transport
from tests.conftest import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]


def test_a_clock_set_forward_and_back_asks_nobody_twice_and_lets_no_event_more_in(
    mailoutbox,
):
    ground = make_ground(now=NOW)
    ground.account.daily_event_limit = 6
    ground.account.save()

    def happens(moment: datetime, *, to: str, number: int) -> int:
        """They order, and the workers do all that is due; the answer's status."""
        events = [
            {"type": "identify", "userId": to, "traits": {"email": f"{to}@acme.example"}},
            {"type": "track", "userId": to, "event": EVENT, "messageId": f"order-{number}"},
        ]
        answer = accept(
            call="batch",
            body=json.dumps({"batch": events}).encode(),
            key=ground.key,
            gzipped=False,
            now=moment,
        )
        process_round(now=moment)
        with transport.connection() as way_out:
            deliver_due(clock=lambda: moment, transport=way_out, limit=timedelta(seconds=9))
        return answer.status

    assert happens(NOW, to="kate", number=1) == 200
    # Back by two hours: the throttle and the day's count stand, and what was sent is sent.
    assert happens(NOW - timedelta(hours=2), to="kate", number=2) == 200
    assert [mail.to for mail in mailoutbox] == [["kate@acme.example"]]
    # Forward, into another day that counts for itself; then put right.
    assert happens(NOW + timedelta(hours=20), to="lea", number=3) == 200
    assert happens(NOW + timedelta(minutes=1), to="lea", number=4) == 200
    assert happens(NOW + timedelta(minutes=2), to="kate", number=5) == 429
    assert [mail.to[0] for mail in mailoutbox] == ["kate@acme.example", "lea@acme.example"]
