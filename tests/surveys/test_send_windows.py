"""When mail may go out, by the recipient's clock: the rules without a database."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.models import Campaign
from promoter.accounts.models import Account
from surveys.asking.send_windows import SendWindow, next_open, opens_at
from surveys.windows import Window, offsets

BERLIN = ZoneInfo("Europe/Berlin")
WEEK = frozenset(range(5))
OFFICE = SendWindow(WEEK, time(9), time(17))
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)

TIMES = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))
WINDOWS = st.builds(
    SendWindow, st.frozensets(st.integers(0, 6), min_size=1), start=TIMES, end=TIMES
)
# Since 1972 every zone is off by whole minutes.
MOMENTS = (
    st.integers(3 * 366, 68 * 365)
    .flatmap(lambda day: st.integers(day * 86_400, (day + 1) * 86_400))
    .map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
)
ZONES = st.sampled_from(sorted(available_timezones())).map(ZoneInfo)


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


@given(moment=MOMENTS, window=WINDOWS, zone=ZONES)
def test_the_next_opening_is_open_soon_and_the_first(moment, window, zone):
    opening = next_open(moment, window, zone)

    assert opening >= moment
    assert window.is_open(opening, zone)
    still = len(offsets(Window(moment, moment + 8 * DAY), zone)) == 1
    assert opening <= moment + (8 if still else 16) * DAY
    if opening > moment:
        minute = opening - MINUTE
        while minute >= moment:
            assert not window.is_open(minute, zone)
            # By the minute near both ends, by the quarter between: it stays quick.
            near = minute - moment < DAY or opening - minute < DAY
            minute -= MINUTE if near else 15 * MINUTE
        assert not window.is_open(moment, zone)


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        ("2026-11-23 09:00", "2026-11-23 09:00"),
        ("2026-11-23 16:59:59", "2026-11-23 16:59:59"),
        ("2026-11-23 17:00", "2026-11-24 09:00"),
        ("2026-11-23 03:00", "2026-11-23 09:00"),
        ("2026-11-27 17:00", "2026-11-30 09:00"),
        # Over the ends of summer time, of winter time.
        ("2026-10-23 18:00", "2026-10-26 09:00"),
        ("2026-03-27 18:00", "2026-03-30 09:00"),
    ],
)
def test_office_hours_go_by_the_wall_clock(moment, opening):
    assert next_open(berlin(moment), OFFICE, BERLIN) == berlin(opening)


def test_a_window_over_midnight_belongs_to_the_day_it_began():
    friday_night = SendWindow(frozenset({4}), time(22), time(6))
    assert friday_night.is_open(berlin("2026-11-28 05:59"), BERLIN)
    assert not friday_night.is_open(berlin("2026-11-27 05:59"), BERLIN)
    assert next_open(berlin("2026-11-28 06:00"), friday_night, BERLIN) == berlin(
        "2026-12-04 22:00"
    )


def test_an_hour_that_the_clock_skips_is_not_open():
    night = SendWindow(start=time(2), end=time(4))
    # 02:00 does not exist that night: it opens as the clock jumps to 03:00.
    assert next_open(berlin("2026-03-29 01:30"), night, BERLIN) == berlin(
        "2026-03-29 03:00"
    )
    swallowed = SendWindow(frozenset({6}), time(2), time(3))
    assert next_open(berlin("2026-03-29 01:30"), swallowed, BERLIN) == berlin(
        "2026-04-05 02:00"
    )


def test_an_hour_that_comes_twice_is_open_twice():
    night = SendWindow(start=time(2, 15), end=time(2, 30))
    between = datetime(2026, 10, 25, 0, 45, tzinfo=UTC)  # 02:45, for the first time
    assert next_open(between, night, BERLIN) == datetime(2026, 10, 25, 1, 15, tzinfo=UTC)


MONDAY_NIGHT = berlin("2026-11-23 20:00")


@pytest.mark.parametrize(
    ("campaign", "account", "attributes", "opening"),
    [
        ({}, {}, {}, "2026-11-23 20:00"),
        ({}, {"send_from": time(9), "send_until": time(17)}, {}, "2026-11-24 09:00"),
        # Its own window replaces the account's, also when it allows more.
        ({"send_days": [0]}, {"send_until": time(17)}, {}, "2026-11-23 20:00"),
        ({"send_from": time(21)}, {"send_days": [5]}, {}, "2026-11-23 21:00"),
        ({"send_until": time(17)}, {}, {}, "2026-11-24 00:00"),
        # 14:00 in New York.
        (
            {"send_until": time(17)},
            {},
            {"timezone": "America/New_York"},
            "2026-11-23 20:00",
        ),
        ({"send_until": time(17)}, {}, {"timeZone": "Asia/Tokyo"}, "2026-11-23 20:00"),
        # One that was set on purpose, before the one that a browser reports.
        (
            {"send_until": time(17)},
            {},
            {"timezone": "America/New_York", "time_zone": "Europe/Paris"},
            "2026-11-24 00:00",
        ),
        ({"send_until": time(17)}, {}, {"timezone": "Mars/Olympus"}, "2026-11-24 00:00"),
        ({"send_until": time(17)}, {}, {"timezone": ["x"]}, "2026-11-24 00:00"),
    ],
)
def test_whose_window_and_whose_clock(campaign, account, attributes, opening):
    account = Account(time_zone="Europe/Berlin", **account)
    found = opens_at(
        MONDAY_NIGHT,
        campaign=Campaign(account=account, **campaign),
        account=account,
        attributes=attributes,
    )
    assert found == berlin(opening)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({}, ""),
        ({"send_days": [0, 1, 2, 3, 4]}, "Monday to Friday"),
        ({"send_days": [1, 3]}, "Tuesday and Thursday"),
        ({"send_days": [0, 2, 4]}, "Monday, Wednesday and Friday"),
        ({"send_days": list(range(7))}, "at any time"),
        ({"send_from": time(9), "send_until": time(17)}, "every day, 09:00 to 17:00"),
        ({"send_days": [6], "send_from": time(9)}, "Sunday, 09:00 to midnight"),
        (
            {"send_days": [4, 5], "send_from": time(22), "send_until": time(6)},
            "Friday and Saturday, 22:00 to 06:00 the next day",
        ),
    ],
)
def test_a_window_in_words(columns, words):
    assert Account(**columns).window_words == words
