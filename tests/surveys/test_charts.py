"""Where the marks go."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from surveys.charts import (
    BARS_HEIGHT,
    BARS_LEAST,
    LINE_HEIGHT,
    LINE_TOP,
    band_parts,
    day_labels,
    distribution_bars,
    label_form,
    step_for,
    trend_chart,
)
from surveys.nps import Counts
from surveys.reports import Point
from surveys.windows import Step

FIRST = date(2026, 11, 2)


def points(*counts: Counts) -> list[Point]:
    return [Point(FIRST + timedelta(days=day), count) for day, count in enumerate(counts)]


def test_the_highest_bar_is_full_and_one_answer_is_seen_beside_a_thousand():
    bars = distribution_bars([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1000])

    assert [bars[10].height, bars[0].height] == [BARS_HEIGHT, BARS_LEAST]
    assert bars[0].y + bars[0].height == bars[10].y + bars[10].height


def test_eleven_bars_stand_beside_each_other_within_the_drawing():
    bars = distribution_bars([0] * 11)

    assert all(one.x + one.width < other.x for one, other in zip(bars, bars[1:]))  # noqa: B905
    assert bars[0].x > 0
    assert bars[-1].x + bars[-1].width < 100


def test_the_bands_share_the_whole_width():
    parts = band_parts(Counts(promoters=1, passives=1, detractors=1))

    assert [part.band for part in parts] == ["detractor", "passive", "promoter"]
    assert sum(part.width for part in parts) == pytest.approx(100, abs=0.01)


def test_nobody_is_no_part_of_anything():
    assert [part.width for part in band_parts(Counts())] == [0, 0, 0]


def test_the_trend_goes_from_plus_to_minus_a_hundred():
    chart = trend_chart(points(Counts(promoters=3), Counts(detractors=3)), Step.DAY)

    assert [mark.y for mark in chart.marks] == [LINE_TOP, LINE_TOP + LINE_HEIGHT]
    assert chart.zero_y == LINE_TOP + LINE_HEIGHT / 2


def test_a_day_without_answers_has_no_mark_and_the_line_goes_past_it():
    chart = trend_chart(
        points(Counts(promoters=1), Counts(), Counts(detractors=1)), Step.DAY
    )

    assert [mark.day.day for mark in chart.answered] == [2, 4]
    assert len(chart.strokes) == 1


def test_the_whisker_of_few_answers_is_longer():
    few, many = trend_chart(points(Counts(2, 1, 1), Counts(200, 100, 100)), Step.DAY).marks

    assert few.low_y - few.high_y > many.low_y - many.high_y > 0


@pytest.mark.parametrize("days", [0, 1, 2, 3, 31])
def test_the_days_below_do_not_run_into_each_other(days):
    labels = trend_chart(points(*[Counts()] * days), Step.DAY).labels

    assert len(labels) <= 3
    assert labels == sorted(labels)


def test_days_are_written_with_their_year_where_that_is_not_the_same_one():
    one, next_one = date(2025, 11, 1), date(2026, 11, 1)

    assert label_form(day_labels([(0, one), (50, one), (100, one)])) == "j M"
    assert label_form(day_labels([(0, one), (100, next_one)])) == "j M Y"


@pytest.mark.parametrize(
    ("days", "answers", "step"),
    [
        (7, 3, Step.DAY),
        (30, 20, Step.WEEK),
        (30, 3000, Step.DAY),
        (90, 100, Step.WEEK),
        (90, 5000, Step.WEEK),
        (900, 50, Step.MONTH),
        (4000, 10**6, Step.MONTH),
    ],
)
def test_a_point_has_enough_answers_to_say_something(days, answers, step):
    assert step_for(days, answers) is step
