"""Stop a campaign that would ask many times more people than it usually does.

Part of scheduling, under the account's lock: one statement for all campaigns of a batch,
a second one when one of them is near its line, and one for each that is stopped.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Q

from campaigns.lifecycle import pause_itself
from campaigns.models import Campaign
from campaigns.pause_words import too_many
from surveys.asking.bursts import HOUR, LOOK_BACK_DAYS, Hour, Past
from surveys.models import Survey


def hold_bursts(surveys: Sequence[Survey], *, now: datetime) -> set[int]:
    """Indexes of those new surveys that are beyond their campaign's line, in their order.

    A campaign that reaches its line pauses itself there, unless a person has allowed it.
    """
    factor, floor = settings.SURVEY_BURST_FACTOR, settings.SURVEY_BURST_FLOOR
    campaigns = {
        each.campaign_id: each.campaign
        for each in surveys
        if not _is_allowed(each.campaign, now)
    }
    if factor <= 0 or not campaigns:
        return set()
    start = min(each.triggered_at for each in surveys)
    hours = _hours(campaigns, since=start - HOUR)
    near = _beyond(surveys, hours, dict.fromkeys(campaigns, floor))
    if not near:
        return set()
    # Again from what is stored: the first look has added the new ones.
    busy = {surveys[at].campaign_id: surveys[at].campaign for at in near}
    pasts = _pasts(busy.values(), at=start)
    lines = {pk: pasts[pk].line(factor=factor, floor=floor) for pk in busy}
    beyond = _beyond(surveys, _hours(busy, since=start - HOUR), lines)
    for pk in sorted({surveys[at].campaign_id for at in beyond}):
        wanted = lines[pk] + sum(surveys[at].campaign_id == pk for at in beyond)
        pause_itself(
            campaign=busy[pk],
            because=too_many(wanted=wanted, usual=round(pasts[pk].usual)),
            now=now,
        )
    return beyond


def _is_allowed(campaign: Campaign, now: datetime) -> bool:
    """A list was seen by the person who said that it be asked."""
    until = campaign.burst_allowed_until
    return campaign.asks_a_list or (until is not None and now < until)


def _hours(campaigns: Iterable[int], *, since: datetime) -> dict[int, Hour]:
    times: dict[int, list[datetime]] = defaultdict(list)
    rows = Survey.objects.filter(campaign__in=list(campaigns), triggered_at__gt=since)
    for pk, at in rows.values_list("campaign_id", "triggered_at"):
        times[pk].append(at)
    return {pk: Hour(times[pk]) for pk in campaigns}


def _beyond(
    surveys: Sequence[Survey], hours: dict[int, Hour], lines: dict[int, int]
) -> set[int]:
    """From the first one beyond the line on, a campaign asks nobody any more."""
    beyond: set[int] = set()
    stopped: set[int] = set()
    for at, survey in enumerate(surveys):
        pk = survey.campaign_id
        if pk not in lines:
            continue
        if pk in stopped or hours[pk].within(survey.triggered_at) >= lines[pk]:
            stopped.add(pk)
            beyond.add(at)
        else:
            hours[pk].add(survey.triggered_at)
    return beyond


def _pasts(campaigns: Iterable[Campaign], *, at: datetime) -> dict[int, Past]:
    """What each campaign did before the hour that ends at this moment."""
    end, start = at - HOUR, at - timedelta(days=LOOK_BACK_DAYS)
    days = range(1, LOOK_BACK_DAYS)
    same_hour = {
        f"day_{day}": Count(
            "pk",
            filter=Q(
                triggered_at__gt=end - timedelta(days=day),
                triggered_at__lte=at - timedelta(days=day),
            ),
        )
        for day in days
    }
    campaigns = list(campaigns)
    rows = (
        Survey.objects.filter(
            campaign__in=campaigns, triggered_at__gt=start, triggered_at__lte=end
        )
        .order_by()
        .values("campaign_id")
        .annotate(surveys=Count("pk"), **same_hour)
    )
    counts = {row["campaign_id"]: row for row in rows}
    return {
        each.pk: _past(counts.get(each.pk, {}), since=_since(each, start), end=end)
        for each in campaigns
    }


def _since(campaign: Campaign, start: datetime) -> datetime:
    return max(start, campaign.activated_at or start)


def _past(counts: Mapping[str, Any], *, since: datetime, end: datetime) -> Past:
    days = (counts.get(f"day_{day}", 0) for day in range(1, LOOK_BACK_DAYS))
    return Past(
        surveys=counts.get("surveys", 0), hours=(end - since) / HOUR, same_hour=max(days)
    )
