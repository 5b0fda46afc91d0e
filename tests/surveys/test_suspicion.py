"""What a scanner does and no person: the rules alone."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.answering.suspicion import Visit, suspicion
from tests.conftest import NOW


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def judge(*visits: Visit, answered: float = 0, asked: float | None = -3600, fastest=3):
    return suspicion(
        visits=visits,
        answered_at=at(answered),
        asked_at=None if asked is None else at(asked),
        fastest=timedelta(seconds=fastest),
    )


@pytest.mark.parametrize(
    ("visits", "reason"),
    [
        ([], None),
        ([Visit(at(-5), 9)], None),
        ([Visit(at(-5), 9), Visit(at(-4), 8)], None),
        # Outlook opens a link a second time beside the person.
        ([Visit(at(-5), 9), Visit(at(-5), 9), Visit(at(-4), 9)], None),
        ([Visit(at(-5), None), Visit(at(-4), 1), Visit(at(-3), 2)], None),
        ([Visit(at(-5), 0), Visit(at(-4), 1), Visit(at(-3), 2)], "many_scores"),
        ([Visit(at(-50), 0), Visit(at(-41), 1), Visit(at(-40), 2)], "many_scores"),
        # A person who can't decide takes longer than that.
        ([Visit(at(-50), 0), Visit(at(-30), 1), Visit(at(-10), 2)], None),
        ([Visit(at(-3600), score) for score in range(11)], None),
        ([Visit(at(-5), is_trap=True)], "trap"),
        ([Visit(at(-61), is_trap=True)], None),
        ([Visit(at(-0.5), 9)], "too_fast"),
        ([Visit(at(-1), 9)], None),
    ],
)
def test_what_was_opened_before(visits, reason):
    assert judge(*visits) == reason


@pytest.mark.parametrize(
    ("asked", "reason"),
    [(0, "too_fast"), (-2.9, "too_fast"), (-3, None), (None, None), (5, None)],
)
def test_faster_than_the_mail_could_be_read(asked, reason):
    assert judge(asked=asked) == reason


def test_speed_can_be_left_out_of_account():
    assert judge(Visit(at(0), 9), asked=0, fastest=0) is None


VISITS = st.lists(
    st.builds(
        Visit,
        st.integers(-100, 10).map(at),
        st.none() | st.integers(0, 10),
        st.booleans(),
    ),
    max_size=12,
)


@given(VISITS, st.randoms())
def test_the_order_in_which_visits_are_read_changes_nothing(visits, random):
    shuffled = random.sample(visits, len(visits))
    assert judge(*visits) == judge(*shuffled)


@given(VISITS)
def test_what_is_older_than_a_minute_never_counts(visits):
    old = [Visit(at(-61) - (at(10) - each.at), each.score, each.is_trap) for each in visits]
    assert judge(*old) is None
