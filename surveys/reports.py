"""The team's figures, read from the responses and surveys of one account.

Windows are half-open, [start, end). Scores count in the window in which they first came
(`responded_at`), so that a closed month doesn't grow; a changed score changes its month.
The response rate goes by the other clock: of the surveys sent in the window, how many
were answered, whenever. Days, weeks and months are the account's own, by its time zone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Q, QuerySet

from campaigns.models import Campaign
from promoter.accounts.access import for_account
from promoter.accounts.models import Account
from promoter.lib.zones import zone_or_none
from surveys.local_days import EPOCH, LocalDay, offset_at
from surveys.models import Response, Survey
from surveys.nps import Counts, Difference, Interval, difference
from surveys.windows import Step, Window, first_day, first_days

# Most answers come within days: a younger cohort's rate still grows, and says so.
YOUNG = timedelta(days=7)

PROMOTERS = Count("pk", filter=Q(score__gte=9))
PASSIVES = Count("pk", filter=Q(score__gte=7, score__lte=8))
DETRACTORS = Count("pk", filter=Q(score__lte=6))


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


def summary(
    *,
    account: Account,
    start: datetime,
    end: datetime,
    now: datetime,
    campaign: Campaign | None = None,
) -> Summary:
    """The figures of [start, end), for the account or one of its campaigns. 2 queries."""
    window = Window(start, end)
    before = window.before(zone_of(account))
    both = Window(before.start, window.end)
    scores = {
        row["score"]: row
        for row in _answered_in(both, account, campaign)
        .values("score")
        .annotate(
            earlier=Count("pk", filter=Q(responded_at__lt=window.start)),
            later=Count("pk", filter=Q(responded_at__gte=window.start)),
        )
        .order_by()
    }
    asked = _asked_in(both, account, campaign).aggregate(
        **_cohort_counts("earlier", Q(asked_at__lt=window.start)),
        **_cohort_counts("later", Q(asked_at__gte=window.start)),
    )
    return Summary(
        window=window,
        distribution=_distribution(scores, "later"),
        cohort=_cohort(asked, "later", window, now),
        window_before=before,
        distribution_before=_distribution(scores, "earlier"),
        cohort_before=_cohort(asked, "earlier", before, now),
    )


def trend(
    *,
    account: Account,
    start: datetime,
    end: datetime,
    step: Step = Step.DAY,
    campaign: Campaign | None = None,
) -> list[Point]:
    """Each day, week or month of the window in order, the empty ones too. 1 query."""
    window, zone = Window(start, end), zone_of(account)
    found: defaultdict[date, Counts] = defaultdict(Counts)
    for row in (
        _answered_in(window, account, campaign)
        .annotate(day=LocalDay(F("responded_at"), offset_at("responded_at", window, zone)))
        .values("day")
        .annotate(promoters=PROMOTERS, passives=PASSIVES, detractors=DETRACTORS)
        .order_by()
    ):
        day = date.fromordinal(EPOCH + row["day"])
        found[first_day(day, step)] += _counts(row)
    return [Point(day, found[day]) for day in first_days(window, step, zone)]


def by_campaign(
    *, account: Account, start: datetime, end: datetime, now: datetime
) -> list[CampaignFigures]:
    """All campaigns beyond draft, most answers first. 3 queries, however many they are."""
    window = Window(start, end)
    answers = {
        row["campaign_id"]: _counts(row)
        for row in _answered_in(window, account)
        .values("campaign_id")
        .annotate(promoters=PROMOTERS, passives=PASSIVES, detractors=DETRACTORS)
        .order_by()
    }
    cohorts = {
        row["campaign_id"]: _cohort(row, "its", window, now)
        for row in _asked_in(window, account)
        .values("campaign_id")
        .annotate(**_cohort_counts("its", Q()))
        .order_by()
    }
    nobody = Cohort(asked=0, answered=0, bounced=0, is_open=_is_open(window, now))
    figures = [
        CampaignFigures(
            campaign=campaign,
            counts=answers.get(campaign.pk, Counts()),
            cohort=cohorts.get(campaign.pk, nobody),
        )
        for campaign in for_account(Campaign, account).exclude(status=Campaign.Status.DRAFT)
    ]
    return sorted(figures, key=lambda line: (-line.counts.n, line.campaign.name))


def latest_comments(
    *, account: Account, limit: int = 10, campaign: Campaign | None = None
) -> list[Response]:
    """The newest responses with words, with their contact and campaign. 1 query."""
    responses = for_account(Response, account)
    if campaign is not None:
        responses = responses.filter(campaign=campaign)
    return list(
        responses.exclude(comment="")
        .select_related("contact", "campaign")
        .prefetch_related("changes")
        .order_by("-responded_at", "-pk")[:limit]
    )


def zone_of(account: Account) -> ZoneInfo:
    """The account's zone; UTC when tzdata has dropped the name since it was chosen."""
    return zone_or_none(account.time_zone) or ZoneInfo("UTC")


def _answered_in(
    window: Window, account: Account, campaign: Campaign | None = None
) -> QuerySet[Response]:
    responses = for_account(Response, account).filter(
        responded_at__gte=window.start, responded_at__lt=window.end
    )
    return responses if campaign is None else responses.filter(campaign=campaign)


def _asked_in(
    window: Window, account: Account, campaign: Campaign | None = None
) -> QuerySet[Survey]:
    surveys = for_account(Survey, account).filter(
        asked_at__gte=window.start, asked_at__lt=window.end
    )
    return surveys if campaign is None else surveys.filter(campaign=campaign)


def _cohort_counts(name: str, which: Q) -> dict[str, Count]:
    return {
        f"{name}_asked": Count("pk", filter=which),
        f"{name}_answered": Count("response", filter=which),
    }


def _cohort(row: Mapping[str, Any], name: str, window: Window, now: datetime) -> Cohort:
    return Cohort(
        asked=row[f"{name}_asked"],
        answered=row[f"{name}_answered"],
        bounced=0,
        is_open=_is_open(window, now),
    )


def _is_open(window: Window, now: datetime) -> bool:
    return window.end > now.astimezone(UTC) - YOUNG


def _distribution(scores: Mapping[int, Mapping[str, Any]], name: str) -> tuple[int, ...]:
    return tuple(scores[score][name] if score in scores else 0 for score in range(11))


def _counts(row: Mapping[str, Any]) -> Counts:
    return Counts(row["promoters"], row["passives"], row["detractors"])
