"""The first page: how likely people are to recommend the account, and why."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from campaigns.models import Campaign
from promoter.accounts.access import AccountRequest, account_required, for_account, has_role
from promoter.accounts.models import Membership
from surveys.charts import (
    TrendChart,
    band_parts,
    distribution_bars,
    step_for,
    trend_chart,
)
from surveys.first_steps import first_steps
from surveys.models import SurveyEmail
from surveys.nps import Counts
from surveys.reports import Report, latest_comments
from surveys.selections import Selection
from surveys.views.ranges import RANGES, chosen_range, window_of
from surveys.windows import Window

COMMENTS = 6
# Below this an NPS is a hint: the interval at 30 answers is about +-25 points.
FEW_ANSWERS = 30
GOOD_MARGIN = 10


@account_required()
@require_safe
def dashboard(request: AccountRequest) -> HttpResponse:
    account, now = request.account, timezone.now()
    steps = first_steps(account)
    unsettled = SurveyEmail.objects.unsettled().filter(account=account)
    context: dict[str, Any] = {
        "now": now,
        "steps": steps,
        "may_dismiss": has_role(request.membership, Membership.Role.OWNER),
        "paused_themselves": for_account(Campaign, account).exclude(paused_because=""),
        "needs_look": unsettled.count(),
    }
    if steps.has_response:
        choice = chosen_range(request.GET.get("range", ""))
        window = window_of(choice, account=account, now=now)
        report = Report.of(Selection(account), now=now)
        summary = report.summary(window)
        context |= {
            "ranges": RANGES,
            "range": choice,
            "summary": summary,
            "shows_change": choice.days is not None,
            "is_first_hint": summary.counts.n < FEW_ANSWERS,
            "answers_missing": _about(summary.counts.answers_missing(GOOD_MARGIN)),
            "good_margin": GOOD_MARGIN,
            "parts": band_parts(summary.counts),
            "bars": distribution_bars(summary.distribution),
            "trend": _trend(report, window, summary.counts),
            "comments": latest_comments(account=account, limit=COMMENTS),
            "campaigns": report.by_campaign(window),
        }
    return render(request, "surveys/dashboard.html", context)


def _about(count: int) -> int:
    """Up to the next ten: the estimate is not better than that."""
    return -(-count // 10) * 10


def _trend(report: Report, window: Window, counts: Counts) -> TrendChart:
    step = step_for((window.end - window.start).days, counts.n)
    return trend_chart(report.trend(window, step=step), step)
