"""The burst guard's arithmetic."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.asking.bursts import HOUR, Hour, Past
from tests.conftest import NOW


@pytest.mark.parametrize(
    ("past", "line"),
    [
        (Past(), 100),
        (Past(surveys=8 * 335, hours=335), 100),
        (Past(surveys=80 * 335, hours=335), 800),
        # A nightly job: 500 in one hour of the day, and none in the others.
        (Past(surveys=500 * 13, hours=335, same_hour=500), 5_000),
        # Active for ten minutes: no hour yet to go by, so what there was counts as one.
        (Past(surveys=30, hours=1 / 6), 300),
        (Past(surveys=30, hours=-1.0), 300),
    ],
)
def test_the_line_is_so_many_times_the_usual_hour(past, line):
    assert past.line(factor=10, floor=100) == line


counts = st.integers(0, 10**6)


@given(counts, st.floats(-400, 400), counts, st.integers(1, 100), st.integers(0, 10**6))
def test_the_line_spares_small_campaigns_and_usual_hours(
    surveys, hours, same_hour, factor, floor
):
    past = Past(surveys=surveys, hours=hours, same_hour=same_hour)
    line = past.line(factor=factor, floor=floor)
    assert line >= floor
    assert line >= factor * same_hour
    more = Past(surveys=surveys + 1, hours=hours, same_hour=same_hour)
    assert more.line(factor=factor, floor=floor) >= line
    assert past.line(factor=factor + 1, floor=floor) >= line


moments = st.integers(0, 3 * 3600).map(lambda second: NOW + timedelta(seconds=second))


@given(st.lists(moments), moments)
def test_an_hour_is_the_sixty_minutes_up_to_a_moment(times, at):
    hour = Hour(times[: len(times) // 2])
    for each in times[len(times) // 2 :]:
        hour.add(each)
    assert hour.within(at) == sum(at - HOUR < each <= at for each in times)


@given(st.lists(moments), st.integers(1, 10))
def test_adding_what_fits_never_exceeds_the_line(times, line):
    hour = Hour()
    added = []
    for at in sorted(times):
        if hour.within(at) < line:
            hour.add(at)
            added.append(at)
    assert all(sum(at - HOUR < each <= at for each in added) <= line for at in added)
