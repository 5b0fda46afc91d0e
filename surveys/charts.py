"""Where the marks of a chart go: numbers for the templates that draw SVG.

Across, everything is per cent of the drawing's width, so that text keeps its size from
phone to wide screen; down, it is pixels of a fixed height.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from surveys.chart_words import BAND_NAMES, BAND_PEOPLE, STEP_WORDS, StepWords
from surveys.nps import Band, Counts, band
from surveys.reports import Point
from surveys.windows import Step

BARS_TOP, BARS_HEIGHT, BARS_LEAST = 20, 160, 2
LINE_TOP, LINE_HEIGHT = 12, 132
VOLUME_HEIGHT = 26
# Fewer answers than this in a point, on average, and the line shows mostly chance.
ANSWERS_A_POINT = 10
MOST_POINTS = 62


@dataclass(frozen=True, slots=True)
class Bar:
    """One score of the distribution: how many gave it, and the bar that says so."""

    score: int
    band: Band
    count: int
    share: Decimal
    x: float
    width: float
    y: float
    height: float

    @property
    def name(self) -> str:
        return str(BAND_NAMES[self.band])

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 3)


@dataclass(frozen=True, slots=True)
class Part:
    """One band's stretch of the bar that is everybody."""

    band: Band
    count: int
    share: Decimal
    x: float
    width: float

    @property
    def people(self) -> str:
        return str(BAND_PEOPLE[self.band])


@dataclass(frozen=True, slots=True)
class Mark:
    """One point of the trend. Without answers it has only a place and a day."""

    day: date
    counts: Counts
    x: float
    y: float
    low_y: float
    high_y: float
    volume_x: float
    volume_width: float
    volume_height: float


@dataclass(frozen=True, slots=True)
class Stroke:
    """The line from one mark to the next that has answers."""

    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of one person: when, how much, and where its dot goes."""

    at: datetime
    score: int
    band: Band
    campaign: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class PersonChart:
    """A person's answers in time, the strokes between them, and where the bands end."""

    answers: list[Answer]
    strokes: list[Stroke]
    promoter_y: float
    detractor_y: float


@dataclass(frozen=True, slots=True)
class TrendChart:
    """The trend's marks, the strokes between them, and which days to write below."""

    step: Step
    marks: list[Mark]
    strokes: list[Stroke]
    labels: list[tuple[float, date, str]]
    zero_y: float
    most: int

    @property
    def words(self) -> StepWords:
        return STEP_WORDS[self.step]

    @property
    def label_form(self) -> str:
        return label_form(self.labels)

    @property
    def answered(self) -> list[Mark]:
        return [mark for mark in self.marks if mark.counts.n]


def distribution_bars(distribution: Sequence[int]) -> list[Bar]:
    """Eleven bars as high as their counts; one answer is seen beside a thousand."""
    total, most = sum(distribution), max(*distribution, 1)
    slot = 100 / len(distribution)
    bars = []
    for score, count in enumerate(distribution):
        height = max(BARS_HEIGHT * count / most, BARS_LEAST)
        bars.append(
            Bar(
                score=score,
                band=band(score),
                count=count,
                share=_share(count, total),
                x=round(slot * (score + 0.11), 3),
                width=round(slot * 0.78, 3),
                y=round(BARS_TOP + BARS_HEIGHT - height, 2),
                height=round(height, 2),
            )
        )
    return bars


def band_parts(counts: Counts) -> list[Part]:
    """Detractors, passives, promoters, in the order of the scale."""
    parts, x = [], 0.0
    for name, count in (
        (Band.DETRACTOR, counts.detractors),
        (Band.PASSIVE, counts.passives),
        (Band.PROMOTER, counts.promoters),
    ):
        share = _share(count, counts.n)
        parts.append(Part(name, count, share, round(x, 3), round(float(share), 3)))
        x += float(share)
    return parts


def step_for(days: int, answers: int) -> Step:
    """The finest step whose points have enough answers and fit beside each other."""
    for step, length in ((Step.DAY, 1), (Step.WEEK, 7)):
        points = max(days / length, 1)
        enough = answers / points >= ANSWERS_A_POINT or days <= 14 * length
        if enough and points <= MOST_POINTS:
            return step
    return Step.MONTH


def trend_chart(points: Sequence[Point], step: Step) -> TrendChart:
    """The scale is always -100 to 100: a small change must look small."""
    slot = 100 / max(len(points), 1)
    most = max((point.counts.n for point in points), default=0)
    marks = [_mark(point, place, slot, most) for place, point in enumerate(points)]
    answered = [mark for mark in marks if mark.counts.n]
    strokes = [
        Stroke(one.x, one.y, other.x, other.y)
        for one, other in zip(answered, answered[1:], strict=False)
    ]
    return TrendChart(
        step,
        marks,
        strokes,
        day_labels([(mark.x, mark.day) for mark in marks]),
        score_y(Decimal(0)),
        most,
    )


def person_chart(answers: Sequence[tuple[datetime, int, str]]) -> PersonChart:
    """Of (when, score, campaign), oldest first. Time runs evenly, with room at the sides
    for a dot; answers of one moment stand above each other."""
    first = answers[0][0] if answers else None
    span = (answers[-1][0] - answers[0][0]).total_seconds() if answers else 0
    dots = [
        Answer(
            at=at,
            score=score,
            band=band(score),
            campaign=campaign,
            x=round(8 + 88 * ((at - (first or at)).total_seconds() / span), 3)
            if span
            else 50.0,
            y=_person_y(score),
        )
        for at, score, campaign in answers
    ]
    strokes = [
        Stroke(one.x, one.y, other.x, other.y)
        for one, other in zip(dots, dots[1:], strict=False)
    ]
    return PersonChart(dots, strokes, _person_y(8.5), _person_y(6.5))


def _person_y(score: float) -> float:
    return round(LINE_TOP + LINE_HEIGHT * (10 - score) / 10, 2)


def _mark(point: Point, place: int, slot: float, most: int) -> Mark:
    counts = point.counts
    nps, likely = counts.nps or Decimal(0), counts.likely
    return Mark(
        day=point.day,
        counts=counts,
        x=round(slot * (place + 0.5), 3),
        y=score_y(nps),
        low_y=score_y(likely.low if likely else nps),
        high_y=score_y(likely.high if likely else nps),
        volume_x=round(slot * (place + 0.15), 3),
        volume_width=round(slot * 0.7, 3),
        volume_height=round(VOLUME_HEIGHT * counts.n / most, 2) if most else 0,
    )


def day_labels(places: Sequence[tuple[float, date]]) -> list[tuple[float, date, str]]:
    """At most three days: more would run into each other on a phone."""
    if not places:
        return []
    if len(places) == 1:
        return [(*places[0], "middle")]
    ends = [(0.0, places[0][1], "start"), (100.0, places[-1][1], "end")]
    if len(places) % 2 and len(places) > 2:
        ends.insert(1, (*places[len(places) // 2], "middle"))
    return ends


def label_form(labels: Sequence[tuple[float, date, str]]) -> str:
    """How days are written: with their year where it isn't the same one."""
    return "j M Y" if len({day.year for _, day, _ in labels}) > 1 else "j M"


def score_y(nps: Decimal) -> float:
    """How far down a score lies, +100 at the top."""
    return round(LINE_TOP + LINE_HEIGHT * float(100 - nps) / 200, 2)


def _share(count: int, total: int) -> Decimal:
    """Per cent, not rounded; 0 of 0 is 0."""
    return Decimal(100 * count) / total if total else Decimal(0)
