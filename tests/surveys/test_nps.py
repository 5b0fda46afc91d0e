"""The score and its uncertainty: known answers, and laws that hold for every count."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import ceil, isclose, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.nps import (
    Band,
    Counts,
    answers_for_margin,
    band,
    difference,
    rounded,
)

people = st.integers(min_value=0, max_value=10_000_000)
counts = st.builds(Counts, people, people, people)
answered = counts.filter(lambda c: c.n > 0)


@pytest.mark.parametrize("score", range(11))
def test_bands_are_those_of_the_inventor(score):
    expected = (
        Band.DETRACTOR if score <= 6 else Band.PASSIVE if score <= 8 else Band.PROMOTER
    )
    assert band(score) is expected


@pytest.mark.parametrize("score", [-1, 11, 100])
def test_what_is_no_score_has_no_band(score):
    with pytest.raises(ValueError, match="not a score"):
        band(score)


# (promoters, passives, detractors): nps, plain margin, adjusted centre and margin
GOLDEN = [
    ((50, 30, 20), "30.0", "15.31", "29.126", "15.08", "14.05", "44.20"),
    ((70, 20, 10), "60.0", "13.00", "58.252", "12.98", "45.27", "71.24"),
    ((10, 0, 0), "100.0", "0.00", "76.923", "29.42", "47.50", "100.00"),
    ((1, 1, 1), "0.0", "92.40", "0.000", "61.11", "-61.11", "61.11"),
]


@pytest.mark.parametrize(
    ("people", "nps", "plain", "centre", "margin", "low", "high"), GOLDEN
)
def test_known_answers(people, nps, plain, centre, margin, low, high):
    result = Counts(*people)

    assert rounded(result.nps, 1) == Decimal(nps)
    assert rounded(result.plain_interval.margin, 2) == Decimal(plain)
    assert rounded(result.interval.centre, 3) == Decimal(centre)
    assert rounded(result.interval.margin, 2) == Decimal(margin)
    assert rounded(result.interval.low, 2) == Decimal(low)
    assert rounded(result.interval.high, 2) == Decimal(high)


def test_the_score_is_rounded_once_and_not_from_rounded_shares():
    assert rounded(Counts(promoters=2, detractors=1).nps) == 33


def test_nobody_is_not_zero():
    nobody = Counts()

    assert nobody.nps is None
    assert nobody.interval is None
    assert nobody.plain_interval is None
    assert difference(nobody, Counts(1, 1, 1)) is None
    assert difference(Counts(1, 1, 1), nobody) is None


def test_passives_alone_are_zero():
    assert Counts(passives=4).nps == 0


@pytest.mark.parametrize(
    ("value", "places", "expected"),
    [
        ("-0.5", 0, "-1"),
        ("0.5", 0, "1"),
        ("2.5", 0, "3"),
        ("-0.4", 0, "0"),
        ("33.25", 1, "33.3"),
        ("-33.25", 1, "-33.3"),
    ],
)
def test_halves_go_away_from_zero_and_zero_has_no_sign(value, places, expected):
    assert str(rounded(Decimal(value), places)) == expected


def test_two_hundred_answers_that_differ_by_fifteen_points_prove_nothing():
    change = difference(Counts(50, 30, 20), Counts(60, 25, 15))

    assert change.points == 15
    assert rounded(change.standard_error, 2) == Decimal("10.76")
    assert rounded(change.z, 2) == Decimal("1.39")
    assert not change.significant


def test_the_same_shares_of_more_people_are_significant():
    assert difference(Counts(500, 300, 200), Counts(600, 250, 150)).significant


def test_two_single_answers_are_never_significant_however_far_apart():
    change = difference(Counts(promoters=1), Counts(detractors=1))

    assert change.points == -200
    assert change.z is None
    assert not change.significant


@pytest.mark.parametrize(("margin", "needed"), [(10, 235), (5, 938)])
def test_answers_needed_for_a_margin(margin, needed):
    assert answers_for_margin(Decimal("0.5"), Decimal("0.2"), margin) == needed


def test_no_number_of_answers_is_exact():
    with pytest.raises(ValueError, match="greater than 0"):
        Counts(1, 1, 1).answers_missing(0)


@given(st.lists(st.integers(0, 10), max_size=200))
def test_every_way_to_count_agrees_with_counting_by_hand(scores):
    result = Counts.of_scores(scores)

    assert result == Counts.of_distribution([scores.count(s) for s in range(11)])
    assert result.n == len(scores)
    if scores:
        promoters = sum(s >= 9 for s in scores)
        detractors = sum(s <= 6 for s in scores)
        exact = Fraction(100 * (promoters - detractors), len(scores))
        assert isclose(result.nps, exact, abs_tol=1e-12)


@given(answered, st.integers(0, 2))
def test_rounding_is_that_of_the_exact_fraction(result, places):
    exact = Fraction(100 * (result.promoters - result.detractors), result.n) * 10**places
    half_away = int(abs(exact) + Fraction(1, 2)) * (1 if exact >= 0 else -1)

    assert rounded(result.nps, places) == Decimal(half_away).scaleb(-places)


@given(answered)
def test_what_people_are_shown_holds_the_score(result):
    assert result.likely.low <= result.nps <= result.likely.high
    assert result.likely.low <= result.interval.low
    assert result.likely.high >= result.interval.high


@given(answered)
def test_the_interval_is_the_formula_computed_naively(result):
    n = result.n + 3
    p = (result.promoters + 0.75) / n
    d = (result.detractors + 0.75) / n
    margin = 1.96 * 100 * sqrt((p + d - (p - d) ** 2) / n)

    assert isclose(result.interval.margin, margin, rel_tol=1e-9)
    assert isclose(result.interval.centre, 100 * (p - d), abs_tol=1e-9)
    assert -100 <= result.interval.low <= result.interval.high <= 100


@given(answered)
def test_the_score_lies_in_both_of_its_intervals(result):
    assert result.plain_interval.low <= result.nps <= result.plain_interval.high
    assert result.likely.low <= result.nps <= result.likely.high


@given(answered)
def test_turning_every_promoter_into_a_detractor_turns_the_sign(result):
    mirror = Counts(result.detractors, result.passives, result.promoters)

    assert mirror.nps == -result.nps
    assert mirror.interval.low == -result.interval.high


@given(answered, answered)
def test_a_difference_read_backwards_is_its_opposite(one, other):
    there, back = difference(one, other), difference(other, one)

    assert there.points == -back.points
    assert there.significant == back.significant


@given(answered)
def test_a_period_does_not_differ_from_itself(result):
    same = difference(result, result)

    assert same.points == 0
    assert not same.significant


@given(counts, counts)
def test_people_of_two_campaigns_add_up(one, other):
    assert (one + other).n == one.n + other.n


@given(answered, st.integers(1, 60))
def test_no_answer_is_missing_exactly_when_the_interval_is_narrow_enough(result, margin):
    assert (result.answers_missing(margin) == 0) == (result.interval.margin <= margin)


@given(
    st.integers(0, 100),
    st.integers(0, 100),
    st.integers(1, 100),
)
def test_planning_is_the_formula_computed_exactly(promoters, detractors, margin):
    p, d = Fraction(promoters, 200), Fraction(detractors, 200)
    exact = (p + d - (p - d) ** 2) * (Fraction(196) / margin) ** 2

    needed = answers_for_margin(Decimal(promoters) / 200, Decimal(detractors) / 200, margin)
    # The division by the margin may miss a whole number by the 27th digit.
    assert needed - ceil(exact) in (0, 1)
