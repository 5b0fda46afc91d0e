"""How long ago, in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from promoter.lib.relative import exact_time, relative_time

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("distance", "ago", "ahead"),
    [
        (timedelta(0), "just now", "just now"),
        (timedelta(seconds=44), "just now", "in a moment"),
        (timedelta(seconds=45), "1 min ago", "in 1 min"),
        (timedelta(minutes=59), "59 min ago", "in 59 min"),
        (timedelta(minutes=59, seconds=40), "1 h ago", "in 1 h"),
        (timedelta(hours=23), "23 h ago", "in 23 h"),
        (timedelta(hours=23, minutes=50), "1 day ago", "in 1 day"),
        (timedelta(days=6), "6 days ago", "in 6 days"),
        (timedelta(days=7), "16 Nov", "30 Nov"),
        (timedelta(days=60), "24 Sep", "22 Jan 2027"),
    ],
)
def test_the_words_fit_the_distance(distance, ago, ahead):
    assert relative_time(NOW - distance, now=NOW, zone=UTC) == ago
    assert relative_time(NOW + distance, now=NOW, zone=UTC) == ahead


def test_the_day_is_the_one_on_the_readers_wall():
    late = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)

    assert relative_time(late, now=NOW, zone=ZoneInfo("Europe/Berlin")) == "1 Nov"


def test_the_exact_time_names_its_zone():
    berlin = ZoneInfo("Europe/Berlin")

    assert exact_time(NOW, zone=berlin) == "Monday, 23 November 2026, 13:00:00 CET"
