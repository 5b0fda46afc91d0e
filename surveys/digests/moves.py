"""What is said of a score that moved: by how much, and which campaigns moved with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from campaigns.models import Campaign
from promoter.accounts.access import for_account
from surveys.daily_sums.coverage import Coverage
from surveys.daily_sums.reading import By
from surveys.digests.watching import Pair
from surveys.figures import NOBODY, Figures
from surveys.models import Alert
from surveys.nps import Counts, Difference, difference
from surveys.selections import Selection
from surveys.windows import DAY

CAMPAIGNS = 3
# A campaign of fewer answers explains nothing.
LEAST_ANSWERS = 10


@dataclass(frozen=True, slots=True)
class CampaignMove:
    """How one campaign's score differs."""

    campaign: Campaign
    earlier: Counts
    later: Counts
    change: Difference


@dataclass(frozen=True, slots=True)
class Move:
    """One window against the one before it, and the campaigns that moved most."""

    pair: Pair
    earlier: Counts
    later: Counts
    change: Difference
    campaigns: list[CampaignMove]


def moves_of(alert: Alert, *, now: datetime) -> list[Move]:
    """The shortest window first. At most 2 queries, and 5 for each window."""
    if alert.last is None:
        return []
    coverage = Coverage.of(alert.account, now=now)
    figures = Figures(Selection(alert.account), coverage)
    found = []
    for days in sorted(alert.days):
        pair = Pair(alert.last, days)
        before = Pair(pair.first - DAY, days)
        earlier = figures.distributions(before.window(coverage.zone), By.CAMPAIGN)
        later = figures.distributions(pair.window(coverage.zone), By.CAMPAIGN)
        counts = [
            sum((Counts.of_distribution(each) for each in side.values()), Counts())
            for side in (earlier, later)
        ]
        change = difference(counts[0], counts[1])
        # Deleted since: then there is nothing to tell of.
        if change is not None:
            moved = _campaigns(alert, earlier, later)
            found.append(Move(pair, counts[0], counts[1], change, moved))
    return found


def _campaigns(
    alert: Alert,
    earlier: dict[int, tuple[int, ...]],
    later: dict[int, tuple[int, ...]],
) -> list[CampaignMove]:
    both = set(earlier) & set(later)
    # The only one moved as the whole did.
    if len(set(earlier) | set(later)) < 2:
        return []
    found = []
    for campaign in for_account(Campaign, alert.account).filter(pk__in=both):
        before = Counts.of_distribution(earlier.get(campaign.pk, NOBODY))
        after = Counts.of_distribution(later.get(campaign.pk, NOBODY))
        change = difference(before, after)
        if change is not None and min(before.n, after.n) >= LEAST_ANSWERS:
            found.append(CampaignMove(campaign, before, after, change))
    found.sort(key=lambda one: (-abs(one.change.points), one.campaign.name))
    return found[:CAMPAIGNS]
