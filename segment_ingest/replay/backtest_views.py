"""Backtest: a campaign's settings tried on the last 30 days of stored events."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from campaigns.models import Campaign
from promoter.accounts.access import AccountRequest, account_required, for_account, has_role
from promoter.accounts.models import Membership
from segment_ingest.doorbell import replay_bell
from segment_ingest.models import Replay, SegmentMessage
from segment_ingest.replay.backtesting import (
    BACKTEST_DAYS,
    backtests_of,
    fresh_backtest,
    settings_key,
    start_backtest,
)
from segment_ingest.replay.replaying import Refused
from segment_ingest.replay.views import nobody_works
from segment_ingest.replay.words import CountLine, count_lines
from segment_ingest.usage_chart import Day, usage_chart

EDITOR = Membership.Role.EDITOR


@account_required()
@require_http_methods(["GET", "HEAD", "POST"])
def backtest_page(request: AccountRequest, pk: int) -> HttpResponse:
    """The campaign's last backtest; a POST begins one with the settings of now."""
    campaigns = for_account(Campaign, request.account).select_related("throttle", "account")
    campaign = get_object_or_404(campaigns, pk=pk)
    now = timezone.now()
    may_edit = has_role(request.membership, EDITOR)
    if request.method == "POST":
        if not may_edit:
            raise PermissionDenied
        try:
            start_backtest(campaign=campaign, created_by=request.user, now=now)
            replay_bell.ring()
        except Refused as refusal:
            messages.warning(request, str(refusal))
        return redirect("segment-backtest", campaign.pk)
    found = backtests_of(campaign)
    # In the setup other events may have been tried than the one that was saved.
    own = [each for each in found if each.event_name == campaign.event_name]
    replay = next(iter(own or found), None)
    context = {
        "now": now,
        "campaign": campaign,
        "replay": replay,
        "may_edit": may_edit,
        "nobody_works": replay is not None and nobody_works(replay, now),
        "changed_event": replay is not None and replay.event_name != campaign.event_name,
        "changed_settings": replay is not None
        and replay.settings_key != settings_key(campaign, replay.event_name),
    }
    if replay is not None and replay.status == Replay.Status.DONE:
        context |= _result(replay)
    return render(request, "segment_ingest/backtest.html", context)


@account_required()
@require_http_methods(["GET", "HEAD", "POST"])
def backtest_line(request: AccountRequest, pk: int) -> HttpResponse:
    """One sentence for the setup's pages: whom the campaign would have asked.

    `?event_name=` is the event that is being chosen, if it isn't the campaign's own. A
    POST begins a backtest unless one with these very settings is there.
    """
    campaigns = for_account(Campaign, request.account).select_related("throttle", "account")
    campaign = get_object_or_404(campaigns, pk=pk)
    now = timezone.now()
    typed = request.GET.get("event_name", "").replace("\0", "").strip()[:255]
    name = typed or campaign.event_name
    replay = fresh_backtest(campaign=campaign, event_name=name, now=now)
    refused = ""
    if request.method == "POST" and replay is None:
        if not has_role(request.membership, EDITOR):
            raise PermissionDenied
        try:
            replay = start_backtest(
                campaign=campaign, created_by=request.user, now=now, event_name=name
            )
            replay_bell.ring()
        except Refused as refusal:
            refused = str(refusal)
    context = {
        "campaign": campaign,
        "name": name,
        "replay": replay,
        "refused": refused,
        "nobody_works": replay is not None and nobody_works(replay, now),
    }
    if replay is not None and replay.status == Replay.Status.DONE:
        context |= {
            "most": max(replay.days.values(), default=0),
            "days": BACKTEST_DAYS,
            "reason": _main_reason(replay),
        }
    return render(request, "segment_ingest/_backtest_line.html", context)


def _main_reason(replay: Replay) -> CountLine | None:
    """Why most of the others are not asked; None when all are."""
    others = [
        line
        for line in count_lines(replay.counts)
        if line.count and line.verdict != SegmentMessage.Verdict.SCHEDULED
    ]
    return max(others, key=lambda line: line.count, default=None)


def _result(replay: Replay) -> dict[str, Any]:
    """Figures are about the days that had events, from the first of them on."""
    counts: dict[str, int] = replay.counts
    found = {date.fromisoformat(day): count for day, count in replay.days.items()}
    if not found:
        return {"lines": []}
    first = min(found)
    last = replay.until.astimezone(ZoneInfo(replay.account.time_zone)).date()
    each = [first + timedelta(days=at) for at in range((last - first).days + 1)]
    chart = usage_chart([Day(day, found.get(day, 0)) for day in each], limit=0)
    a_day = _about(replay.surveys / len(each))
    throttled = counts.get(SegmentMessage.Verdict.THROTTLED, 0)
    return {
        "lines": count_lines(counts),
        "chart": chart,
        "days": len(each),
        "a_day": a_day,
        # What a plural is chosen by: a whole number, and parts are several.
        "a_day_count": 1 if a_day == 1 else max(2, round(a_day)),
        "throttled": throttled / replay.seen,
    }


def _about(number: float) -> float:
    """As exact as an estimate deserves: whole from ten on, else one decimal."""
    return round(number) if number >= 9.95 else round(number, 1)
