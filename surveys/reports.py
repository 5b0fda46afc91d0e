"""The team's figures, read from the responses and surveys of one account.

Windows are half-open, [start, end). Scores count in the window in which they first came
(`responded_at`), so that a closed month doesn't grow; a changed score changes its month.
The response rate goes by the other clock: of the surveys sent in the window, how many
were answered, whenever. Days, weeks and months are the account's own, by its time zone.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from campaigns.models import Campaign
from promoter.accounts.access import for_account
from promoter.accounts.models import Account
from surveys.daily_sums.cohorts import Asked
from surveys.daily_sums.coverage import Coverage
from surveys.daily_sums.reading import By
from surveys.figures import NOBODY, Distribution, Figures
from surveys.models import Response
from surveys.nps import Counts, Difference, Interval, difference
from surveys.selections import Selection
from surveys.windows import Step, Window, first_day, first_days

# Most answers come within days: a younger cohort's rate still grows, and says so.
YOUNG = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Cohort:
    """The surveys whose invitation went out in a window, and what became of them.

    `bounced` mail reached nobody and is taken off. A reminder is not a second ask.
    """

    asked: int
    answered: int
    bounced: int
    is_open: bool

    @property
    def rate(self) -> Decimal | None:
        """Answered of those reached, 0 to 1; None when nobody was reached."""
        reached = self.asked - self.bounced
        return Decimal(self.answered) / reached if reached > 0 else None


@dataclass(frozen=True, slots=True)
class Summary:
    """One window's figures, beside those of the window before of the same length.

    `distribution` has eleven numbers: how many people gave 0, 1, ... 10.
    """

    window: Window
    distribution: tuple[int, ...]
    cohort: Cohort
    window_before: Window
    distribution_before: tuple[int, ...]
    cohort_before: Cohort

    @property
    def counts(self) -> Counts:
        return Counts.of_distribution(self.distribution)

    @property
    def counts_before(self) -> Counts:
        return Counts.of_distribution(self.distribution_before)

    @property
    def nps(self) -> Decimal | None:
        return self.counts.nps

    @property
    def interval(self) -> Interval | None:
        return self.counts.interval

    @property
    def change(self) -> Difference | None:
        """From the window before to this one; None when one of them has no answer."""
        return difference(self.counts_before, self.counts)


@dataclass(frozen=True, slots=True)
class Point:
    """One day, week or month of a trend: its first day, and who answered in it.

    At the window's ends it holds only what lies in the window.
    """

    day: date
    counts: Counts


@dataclass(frozen=True, slots=True)
class CampaignFigures:
    """One campaign's line of the table."""

    campaign: Campaign
    counts: Counts
    cohort: Cohort


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of one selection; make one for a page and ask it for each part."""

    figures: Figures
    now: datetime

    @classmethod
    def of(cls, selection: Selection, *, now: datetime, key: str = "") -> Report:
        """`key` is the attribute that `by_value` tells apart by. 2 queries."""
        coverage = Coverage.of(selection.account, now=now)
        return cls(Figures(selection, coverage, key), now)

    def summary(self, window: Window) -> Summary:
        """One window and the one before it. At most 8 queries."""
        before = window.before(self.figures.coverage.zone)
        return Summary(
            window=window,
            distribution=self._distribution(window),
            cohort=self._cohort(window),
            window_before=before,
            distribution_before=self._distribution(before),
            cohort_before=self._cohort(before),
        )

    def trend(self, window: Window, *, step: Step = Step.DAY) -> list[Point]:
        """Each day, week or month of the window in order, the empty ones too."""
        found: defaultdict[date, Counts] = defaultdict(Counts)
        for day, distribution in self.figures.distributions(window, By.DAY).items():
            found[first_day(day, step)] += Counts.of_distribution(distribution)
        days = first_days(window, step, self.figures.coverage.zone)
        return [Point(day, found[day]) for day in days]

    def by_campaign(self, window: Window) -> list[CampaignFigures]:
        """All campaigns beyond draft, most answers first."""
        answers = self.figures.distributions(window, By.CAMPAIGN)
        cohorts = self.figures.cohorts(window, By.CAMPAIGN)
        campaigns = for_account(Campaign, self.figures.selection.account)
        lines = [
            CampaignFigures(
                campaign=campaign,
                counts=Counts.of_distribution(answers.get(campaign.pk, NOBODY)),
                cohort=self._of(cohorts.get(campaign.pk, Asked()), window),
            )
            for campaign in campaigns.exclude(status=Campaign.Status.DRAFT)
        ]
        return sorted(lines, key=lambda line: (-line.counts.n, line.campaign.name))

    def _distribution(self, window: Window) -> Distribution:
        return self.figures.distributions(window).get(None, NOBODY)

    def _cohort(self, window: Window) -> Cohort:
        return self._of(self.figures.cohorts(window).get(None, Asked()), window)

    def _of(self, asked: Asked, window: Window) -> Cohort:
        return cohort_of(asked, window, now=self.now)


def cohort_of(asked: Asked, window: Window, *, now: datetime) -> Cohort:
    """The surveys that went out in the window, which is open for some days more."""
    return Cohort(
        asked=asked.asked,
        answered=asked.answered,
        bounced=asked.bounced,
        is_open=window.end > now.astimezone(UTC) - YOUNG,
    )


def latest_comments(
    *,
    account: Account,
    limit: int = 10,
    campaign: Campaign | None = None,
    selection: Selection | None = None,
    window: Window | None = None,
) -> list[Response]:
    """The newest responses with words, with their contact and campaign; of a selection,
    those of its window. 2 queries."""
    if selection is not None and window is not None:
        responses = selection.responses([window], as_of=window.end)
    else:
        responses = for_account(Response, account)
    if campaign is not None:
        responses = responses.filter(campaign=campaign)
    return list(
        responses.exclude(comment="")
        .select_related("contact", "campaign")
        .prefetch_related("changes")
        .order_by("-responded_at", "-pk")[:limit]
    )
