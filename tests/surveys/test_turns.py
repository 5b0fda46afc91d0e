"""Even spreads: the arithmetic behind campaigns to a list."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from surveys.asking.turns import is_repeat, number_of, once, place_in_time, round_of
from tests.conftest import NOW


@given(days=st.integers(0, 365), members=st.integers(1, 500))
def test_a_spread_is_even_and_within_its_days(days, members):
    times = [
        place_in_time(start=NOW, spread_days=days, position=at, members=members)
        for at in range(members)
    ]
    pace = timedelta(days=days) / members
    tolerance = timedelta(microseconds=2)
    assert times[0] == NOW
    assert times[-1] < NOW + timedelta(days=days) or days == 0
    assert all(
        abs(later - earlier - pace) <= tolerance
        for earlier, later in zip(times, times[1:], strict=False)
    )


@given(contact=st.integers(1), number=st.integers(1, 10_000))
def test_a_turn_is_told_by_its_trigger(contact, number):
    assert number_of(round_of(contact, number)) == number
    assert is_repeat("recurring", round_of(contact, number)) is (number > 1)
    assert number_of(once(contact)) == 0
    # An API's own key may look like one.
    assert not is_repeat("api", round_of(contact, number))
