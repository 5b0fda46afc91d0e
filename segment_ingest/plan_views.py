"""The tracking plan: which events are received, who listens, what they cost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from campaigns.models import Campaign
from promoter.accounts.access import AccountRequest, account_required, for_account
from promoter.accounts.models import Account
from promoter.lib.any_case import holds
from promoter.lib.csvs import csv_response
from segment_ingest.event_sums import DAYS, Totals, event_sums, read_sum, totals, track_sums
from segment_ingest.models import DailyUsage
from segment_ingest.quota import utc_day
from segment_ingest.tracking_plan import (
    Audience,
    Cost,
    Line,
    Listener,
    days_counted,
    plan_lines,
)
from segment_ingest.usage_chart import UsageChart, last_days, usage_chart

PAGE_SIZE = 25
# The most frequent so many names are shown; a search looks through all of them.
MOST_NAMES = 1_000
# Of those to turn off: at once, and with those behind "Show more". The file has them all.
OFF_SHOWN, OFF_MOST = 8, 100
MOST_NEAR = 5
CSV_HEAD = (
    "Event",
    "Events in 30 days",
    "Events a day",
    "Share",
    "Last seen",
    "Look first",
)


@account_required()
@require_safe
def tracking_plan(request: AccountRequest) -> HttpResponse:
    """`q` is a part of a name; `page` a number."""
    account, now = request.account, timezone.now()
    audience = _audience(account)
    total = totals(account=account, now=now, heard=audience.heard)
    cost = _cost(account, total, now)
    sums = event_sums(account=account, now=now)
    sought = request.GET.get("q", "").replace("\0", "").strip()[:255]
    found = (sums.filter(holds("event", sought)) if sought else sums)[: MOST_NAMES + 1]
    lines = plan_lines(map(read_sum, found), audience=audience, cost=cost)
    unheard = track_sums(account=account, now=now).exclude(event__in=audience.heard)
    off = plan_lines(map(read_sum, unheard[:MOST_NAMES]), audience=audience, cost=cost)
    context: dict[str, Any] = {
        "now": now,
        "days": DAYS,
        "cost": cost,
        "total": total,
        "whole": cost.price(total.events),
        "saving": cost.price(total.unheard_events),
        "unused": cost.price(total.unused_events),
        "off": off[:OFF_SHOWN],
        "off_more": off[OFF_SHOWN:OFF_MOST],
        "off_left": max(total.unheard_names - OFF_MOST, 0),
        "near": [line for line in off if line.meant][:MOST_NEAR],
        "nobody_is_live": not audience.live,
        "page": Paginator(lines[:MOST_NAMES], PAGE_SIZE).get_page(request.GET.get("page")),
        "most_names": MOST_NAMES if len(lines) > MOST_NAMES else 0,
        "sought": sought,
        "chart": usage(account, now),
    }
    return render(request, "segment_ingest/tracking_plan.html", context)


@account_required()
@require_safe
def turn_off_csv(request: AccountRequest) -> HttpResponseBase:
    """All track events that no live campaign listens to, the most expensive first."""
    account, now = request.account, timezone.now()
    audience = _audience(account)
    cost = _cost(account, totals(account=account, now=now, heard=audience.heard), now)
    unheard = track_sums(account=account, now=now).exclude(event__in=audience.heard)
    lines = (
        line
        for row in unheard.iterator()
        for line in plan_lines([read_sum(row)], audience=audience, cost=cost)
    )
    return csv_response("turn-off-in-segment.csv", _csv_rows(lines))


def usage(account: Account, now: datetime) -> UsageChart:
    """The last 30 UTC days, today among them."""
    today = utc_day(now)
    rows = (
        for_account(DailyUsage, account)
        .filter(day__gt=today - timedelta(days=DAYS))
        .values_list("day", "accepted", "refused")
    )
    found = {day: (accepted, refused) for day, accepted, refused in rows}
    return usage_chart(
        last_days(found, today=today, days=DAYS), limit=account.daily_event_limit
    )


def _audience(account: Account) -> Audience:
    """Who listens, by event. Complete campaigns and drafts without an event never will."""
    campaigns = for_account(Campaign, account).exclude(status=Campaign.Status.COMPLETE)
    listeners = []
    for campaign in campaigns.order_by("name").only(
        "name", "status", "event_name", "cancel_event"
    ):
        label = campaign.get_status_display()
        row = (campaign.pk, campaign.name, label, campaign.is_live)
        listeners.append((campaign.event_name, Listener(*row)))
        listeners.append((campaign.cancel_event, Listener(*row, withdraws=True)))
    return Audience.of(listeners)


def _cost(account: Account, total: Totals, now: datetime) -> Cost:
    return Cost(
        events=total.events,
        days=days_counted(total.first_day, today=utc_day(now)),
        limit=account.daily_event_limit,
    )


def _csv_rows(lines: Iterator[Line]) -> Iterator[tuple[str, ...]]:
    yield CSV_HEAD
    for line in lines:
        seen = line.last_seen_at.strftime("%Y-%m-%d %H:%M UTC")
        yield (
            line.event,
            str(line.price.count),
            f"{line.price.a_day:.1f}",
            f"{100 * line.price.share:.2f}%",
            seen,
            line.caution,
        )
