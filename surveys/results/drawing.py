"""Where the marks of the results' own charts go, as surveys.charts has it: across in per
cent, down in pixels."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from surveys.chart_words import STEP_WORDS, StepWords
from surveys.charts import (
    LINE_HEIGHT,
    LINE_TOP,
    Bar,
    Stroke,
    TrendChart,
    day_labels,
    distribution_bars,
    label_form,
    score_y,
    step_for,
    trend_chart,
)
from surveys.nps import Counts
from surveys.reports import Cohort, Point
from surveys.results.overview import Overview, RatePoint
from surveys.windows import Step

LENGTHS = {Step.DAY: 1, Step.WEEK: 7, Step.MONTH: 31}
ROW_HEIGHT = 40
MOST_ROWS = 20


@dataclass(frozen=True, slots=True)
class RateBar:
    """One cohort's bar: how high its rate, whether it may still grow."""

    day: date
    cohort: Cohort
    x: float
    width: float
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class RateChart:
    """The cohorts' bars on a scale that ends at `top` per cent."""

    step: Step
    bars: list[RateBar]
    labels: list[tuple[float, date, str]]
    top: int

    @property
    def words(self) -> StepWords:
        return STEP_WORDS[self.step]

    @property
    def label_form(self) -> str:
        return label_form(self.labels)

    @property
    def asked(self) -> list[RateBar]:
        return [bar for bar in self.bars if bar.cohort.asked]


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One group's line: its score, its interval, where they go."""

    label: str
    counts: Counts
    text_y: int
    line_y: int
    x: float
    low_x: float
    width: float
    is_small: bool


@dataclass(frozen=True, slots=True)
class Drawings:
    """The dashboard's charts."""

    bars: list[Bar]
    trend: TrendChart
    moving: list[Point]
    moving_strokes: list[Stroke]
    rates: RateChart

    @classmethod
    def of(cls, overview: Overview) -> Drawings:
        step = overview.period.step or step_for(
            overview.period.days, overview.summary.counts.n
        )
        moving, trend = overview.moving(), trend_chart(overview.trend(step), step)
        return cls(
            bars=distribution_bars(overview.summary.distribution),
            trend=trend,
            moving=[point for point in moving if point.counts.n],
            moving_strokes=moving_strokes(moving, [mark.day for mark in trend.marks], step),
            rates=rate_chart(overview.rates(step), step),
        )


def moving_strokes(
    points: Sequence[Point], firsts: Sequence[date], step: Step
) -> list[Stroke]:
    """From each point to the next where both have answers, each at its day within the
    trend's steps, which begin with `firsts`."""
    return [
        Stroke(
            _place_of(one.day, firsts, step),
            score_y(one.counts.nps),
            _place_of(other.day, firsts, step),
            score_y(other.counts.nps),
        )
        for one, other in zip(points, points[1:], strict=False)
        if one.counts.nps is not None and other.counts.nps is not None
    ]


def _place_of(day: date, firsts: Sequence[date], step: Step) -> float:
    """Per cent of the width: the noon of the day, its step being as wide as any other."""
    place = bisect_right(firsts, day) - 1
    within = ((day - firsts[place]).days + 0.5) / LENGTHS[step]
    return round(100 * (place + min(within, 1)) / len(firsts), 3)


def rate_chart(points: Sequence[RatePoint], step: Step) -> RateChart:
    """From 0 to the next ten per cent above the highest rate, 20 at the least."""
    rates = [point.cohort.rate or Decimal(0) for point in points]
    top = min(100, max(20, -(-int(100 * max(rates, default=Decimal(0)) + 1) // 10) * 10))
    slot = 100 / max(len(points), 1)
    bars = []
    for place, (point, rate) in enumerate(zip(points, rates, strict=True)):
        height = round(LINE_HEIGHT * min(float(rate) * 100 / top, 1), 2)
        bars.append(
            RateBar(
                day=point.day,
                cohort=point.cohort,
                x=round(slot * (place + 0.15), 3),
                width=round(slot * 0.7, 3),
                y=round(LINE_TOP + LINE_HEIGHT - height, 2),
                height=height,
            )
        )
    middles = [(bar.x + bar.width / 2, bar.day) for bar in bars]
    return RateChart(step, bars, day_labels(middles), top)


def group_rows(groups: Sequence[tuple[str, Counts]]) -> list[GroupRow]:
    """One line each, below each other; who has no answer has none."""
    rows = []
    for place, (label, counts) in enumerate(groups):
        nps, likely = counts.nps or Decimal(0), counts.likely
        low, high = (likely.low, likely.high) if likely else (nps, nps)
        rows.append(
            GroupRow(
                label=label,
                counts=counts,
                text_y=place * ROW_HEIGHT + 16,
                line_y=place * ROW_HEIGHT + 28,
                x=_x(nps),
                low_x=_x(low),
                width=round(_x(high) - _x(low), 3),
                is_small=counts.is_small,
            )
        )
    return rows


def _x(nps: Decimal) -> float:
    # A margin of one per cent, so that a dot at +100 is seen whole.
    return round(1 + 98 * float(nps + 100) / 200, 3)
