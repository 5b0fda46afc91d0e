"""The dashboard's figures, from as few queries as they can be had.

Days and campaigns each add up to the whole, so the whole is never asked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from campaigns.models import Campaign
from surveys.daily_sums.cohorts import Asked
from surveys.daily_sums.coverage import Coverage
from surveys.figures import NOBODY, Distribution, Figures
from surveys.nps import Counts
from surveys.reports import CampaignFigures, Cohort, Point, Summary, cohort_of
from surveys.results.periods import Period
from surveys.selections import Selection
from surveys.windows import DAY, Step, Window, first_day, first_days, midnight

MOVING_DAYS = 30
# More points than this are not told apart on any screen.
MOST_MOVING_POINTS = 120


Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class RatePoint:
    """The surveys that went out in one day, week or month, and what became of them."""

    day: date
    cohort: Cohort


@dataclass(frozen=True, slots=True)
class Overview:
    """One period of one selection, counted by day, with what is derived from that.

    `days` reach MOVING_DAYS back before the period, for the moving score, or as far as what
    it is compared with; so may `asked_on`.
    """

    period: Period
    coverage: Coverage
    summary: Summary
    days: Mapping[date, Counts]
    asked_on: Mapping[date, Asked]
    campaigns: Sequence[CampaignFigures]

    @classmethod
    def of(
        cls,
        selection: Selection,
        period: Period,
        *,
        coverage: Coverage,
        campaigns: Sequence[Campaign],
    ) -> Overview:
        """At most 6 queries; up to 4 more where what it is compared with doesn't adjoin,
        or each person counts once; half of all where answers are chosen, by band or tag:
        there is no response rate then."""
        figures = Figures(selection, coverage)
        window, zone, now = period.window, coverage.zone, coverage.now
        before = period.before or window.before(zone)
        # Its days are read with the others where they adjoin.
        adjoins = period.before is not None and before.end == window.start
        # Who was a person's latest then is another question than who is now.
        with_scores = adjoins and not selection.is_latest
        first = midnight(period.first - (MOVING_DAYS - 1) * DAY, zone)
        longer = Window(min(first, before.start) if with_scores else first, window.end)
        by_day, answers = figures.scores_by_day(longer, campaigns_since=period.first)
        answers_before, asked_before = NOBODY, Asked()
        if with_scores:
            answers_before = _sum(_within(by_day, before, zone))
        elif period.before is not None:
            answers_before = figures.distributions(before).get(None, NOBODY)
        asked_on: Mapping[date, Asked] = {}
        asked_by: Mapping[int, Asked] = {}
        if not selection.is_of_answers:
            asked_on, asked_by, asked_before = _asked(figures, period, before, zone)
        asked = sum(_within(asked_on, window, zone), Asked())
        return cls(
            period=period,
            coverage=coverage,
            summary=Summary(
                window=window,
                distribution=_sum(list(answers.values())),
                cohort=cohort_of(asked, window, now=now),
                window_before=before,
                distribution_before=answers_before,
                cohort_before=cohort_of(asked_before, before, now=now),
            ),
            days={day: Counts.of_distribution(each) for day, each in by_day.items()},
            asked_on=asked_on,
            campaigns=_lines(campaigns, answers, asked_by, window, now),
        )

    def trend(self, step: Step) -> list[Point]:
        """Each day, week or month of the period in order, the empty ones too."""
        found: defaultdict[date, Counts] = defaultdict(Counts)
        for day, counts in self.days.items():
            if day >= self.period.first:
                found[first_day(day, step)] += counts
        return [Point(day, found[day]) for day in self._firsts(step)]

    def moving(self) -> list[Point]:
        """The score of the 30 days that end with each day, first to last, so that the
        weekday and the turn of a month do not show. A long period has every n-th day."""
        every = -(-self.period.days // MOST_MOVING_POINTS)
        return moving_points(
            self.days, first=self.period.first, last=self.period.last, every=every
        )

    def rates(self, step: Step) -> list[RatePoint]:
        """The cohorts by the day, week or month in which the mail went out."""
        found: defaultdict[date, Asked] = defaultdict(Asked)
        ends: dict[date, date] = {}
        for day, asked in self.asked_on.items():
            if day < self.period.first:
                continue
            first = first_day(day, step)
            found[first] += asked
            ends[first] = max(ends.get(first, day), day)
        zone = self.coverage.zone
        return [
            RatePoint(day, self._cohort(found[day], midnight(ends.get(day, day), zone)))
            for day in self._firsts(step)
        ]

    def _cohort(self, asked: Asked, last_sent: datetime) -> Cohort:
        window = Window(last_sent, last_sent + timedelta(days=1))
        return cohort_of(asked, window, now=self.coverage.now)

    def _firsts(self, step: Step) -> list[date]:
        return list(first_days(self.period.window, step, self.coverage.zone))


def moving_points(
    days: Mapping[date, Counts],
    *,
    first: date,
    last: date,
    every: int = 1,
    width: int = MOVING_DAYS,
) -> list[Point]:
    """For the last day and every n-th before it, who answered in the `width` days that
    end with it."""
    counts, points = Counts(), []
    length = (last - first).days
    for offset in range(1 - width, length + 1):
        counts += days.get(first + offset * DAY, Counts())
        gone = days.get(first + (offset - width) * DAY, Counts())
        if offset - width >= 1 - width:
            counts = Counts(
                counts.promoters - gone.promoters,
                counts.passives - gone.passives,
                counts.detractors - gone.detractors,
            )
        if offset >= 0 and (length - offset) % every == 0:
            points.append(Point(first + offset * DAY, counts))
    return points


def _lines(
    campaigns: Sequence[Campaign],
    answers: Mapping[int, Distribution],
    asked: Mapping[int, Asked],
    window: Window,
    now: datetime,
) -> list[CampaignFigures]:
    """All campaigns beyond draft, most answers first."""
    lines = [
        CampaignFigures(
            campaign=campaign,
            counts=Counts.of_distribution(answers.get(campaign.pk, NOBODY)),
            cohort=cohort_of(asked.get(campaign.pk, Asked()), window, now=now),
        )
        for campaign in campaigns
        if campaign.status != Campaign.Status.DRAFT
    ]
    return sorted(lines, key=lambda line: (-line.counts.n, line.campaign.name))


def _within(days: Mapping[date, Value], window: Window, zone: ZoneInfo) -> list[Value]:
    """What stands at the days of the window, which begins and ends at midnight."""
    first, end = (at.astimezone(zone).date() for at in (window.start, window.end))
    return [value for day, value in days.items() if first <= day < end]


def _asked(
    figures: Figures, period: Period, before: Window, zone: ZoneInfo
) -> tuple[Mapping[date, Asked], Mapping[int, Asked], Asked]:
    """Who was asked by day and by campaign, and in the time that the period is compared
    with: in one reading where the two adjoin."""
    window = period.window
    if period.before is None or before.end != window.start:
        on, by = figures.cohorts_by_day(window, campaigns_since=period.first)
        compared = period.before is not None
        return on, by, figures.cohorts(before).get(None, Asked()) if compared else Asked()
    both = Window(before.start, window.end)
    on, by = figures.cohorts_by_day(both, campaigns_since=period.first)
    return on, by, sum(_within(on, before, zone), Asked())


def _sum(distributions: Sequence[Distribution]) -> Distribution:
    return tuple(sum(column) for column in zip(*distributions, strict=True)) or NOBODY
