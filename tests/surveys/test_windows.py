"""Windows are half-open, and their days are those of the zone's wall clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.windows import (
    Step,
    Window,
    first_day,
    first_days,
    last_days,
    midnight,
    offsets,
)

BERLIN = ZoneInfo("Europe/Berlin")


def test_a_window_that_holds_nothing_is_refused():
    at = datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(ValueError, match="end after it starts"):
        Window(at, at)


def test_the_last_seven_days_end_with_today_there_not_here():
    # 23:30 in UTC is already tomorrow in Berlin.
    window = last_days(7, zone=BERLIN, now=datetime(2026, 11, 22, 23, 30, tzinfo=UTC))

    assert window.start == datetime(2026, 11, 17, tzinfo=BERLIN)
    assert window.end == datetime(2026, 11, 24, tzinfo=BERLIN)


def test_the_window_before_starts_at_midnight_across_summer_time():
    window = Window(
        datetime(2026, 3, 29, tzinfo=BERLIN), datetime(2026, 4, 28, tzinfo=BERLIN)
    )

    before = window.before(BERLIN)

    assert before.start == datetime(2026, 2, 27, tzinfo=BERLIN)
    assert before.end == window.start


def test_a_day_whose_midnight_does_not_exist_starts_at_one():
    cairo = ZoneInfo("Africa/Cairo")  # 2026-04-24 00:00 -> 01:00

    start = midnight(date(2026, 4, 24), cairo)

    assert start.astimezone(cairo).hour == 1
    assert start - midnight(date(2026, 4, 23), cairo) == timedelta(hours=24)
    assert midnight(date(2026, 4, 25), cairo) - start == timedelta(hours=23)


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (Step.DAY, date(2026, 11, 26)),
        (Step.WEEK, date(2026, 11, 23)),
        (Step.MONTH, date(2026, 11, 1)),
    ],
)
def test_a_thursday_belongs_to_its_monday_and_its_first(step, expected):
    assert first_day(date(2026, 11, 26), step) == expected


def test_months_of_a_window_are_listed_once_each():
    window = Window(datetime(2026, 1, 31, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))

    months = list(first_days(window, Step.MONTH, ZoneInfo("UTC")))

    assert months == [date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)]


@given(
    zone=st.sampled_from(sorted(available_timezones())),
    days=st.floats(0, 20_000),
    hours=st.integers(1, 24 * 500),
    at=st.floats(0, 1, exclude_max=True),
)
def test_the_offset_at_any_instant_is_the_zones_own(zone, days, hours, at):
    zone = ZoneInfo(zone)
    start = datetime(1975, 1, 1, tzinfo=UTC) + timedelta(days=days)
    window = Window(start, start + timedelta(hours=hours))
    instant = window.start + at * (window.end - window.start)

    known = offsets(window, zone)

    seconds = [s for since, s in known if since <= instant][-1]
    assert instant.astimezone(zone).utcoffset() == timedelta(seconds=seconds)
