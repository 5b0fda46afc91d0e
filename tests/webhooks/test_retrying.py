"""Ten tries within three days, each a little later than it must be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promoter.webhooks.retrying import WAITS, asked_patience, next_due

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def test_the_schedule_is_that_of_standard_webhooks():
    seconds, minutes, hours = 1, 60, 3600
    assert [int(wait.total_seconds()) for wait in WAITS] == [
        *(0, 5 * seconds, 5 * minutes, 30 * minutes),
        *(2 * hours, 5 * hours, 10 * hours, 14 * hours, 20 * hours, 24 * hours),
    ]


@given(st.integers(1, 9), st.text(max_size=40))
def test_each_wait_is_its_own_and_up_to_a_tenth_longer(attempt, webhook_id):
    wait = next_due(attempt=attempt, webhook_id=webhook_id, now=NOW) - NOW

    assert WAITS[attempt] <= wait <= WAITS[attempt] * 1.1


def test_what_failed_together_does_not_come_back_together():
    due = {next_due(attempt=4, webhook_id=f"msg_{n}", now=NOW) for n in range(50)}

    assert len(due) == 50


def test_the_tenth_try_is_the_last():
    assert next_due(attempt=10, webhook_id="msg", now=NOW) is None


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        (None, 0),
        ("", 0),
        ("120", 120),
        (" 120 ", 120),
        ("Mon, 23 Nov 2026 12:10:00 GMT", 600),
        ("Mon, 23 Nov 2026 12:10:00 -0000", 600),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 0),
        ("-5", 0),
        ("1e9", 0),
        ("٣", 0),
        ("soon", 0),
        ("9" * 5_000, 24 * 3600),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 24 * 3600),
    ],
)
def test_a_receiver_may_ask_for_patience_up_to_a_day(asked, seconds):
    assert asked_patience(asked, now=NOW) == timedelta(seconds=seconds)


def test_asked_patience_never_shortens_the_wait():
    due = next_due(attempt=3, webhook_id="msg", now=NOW, retry_after="1")

    assert due - NOW >= timedelta(minutes=30)


def test_asked_patience_lengthens_it():
    due = next_due(attempt=1, webhook_id="msg", now=NOW, retry_after="600")

    assert due == NOW + timedelta(minutes=10)


@given(st.text(max_size=60))
def test_every_header_is_survived(text):
    assert timedelta(0) <= asked_patience(text, now=NOW) <= timedelta(hours=24)
