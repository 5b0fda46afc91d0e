"""Who of a list a draft would ask, before anybody is asked."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from campaigns.models import Campaign
from promoter.accounts.access import AccountRequest, account_required, for_account
from surveys.asking.audience import SHOWN, audience
from surveys.models import SkipReason

PAGE_SIZE = 100


@account_required()
@require_safe
def campaign_audience(request: AccountRequest, pk: int) -> HttpResponse:
    """How many are asked, and who is not and why; all of one reason with `?reason=`."""
    campaign = get_object_or_404(
        for_account(Campaign, request.account).select_related(
            "account", "contact_list", "throttle"
        ),
        pk=pk,
    )
    if not (campaign.is_draft and campaign.asks_a_list and campaign.contact_list_id):
        # From then on its own page says who was asked and who was not.
        return redirect("campaign", pk=pk)
    now = timezone.now()
    reason = request.GET.get("reason", "")
    if reason not in SkipReason:
        reason = ""
    page = _page(request.GET.get("page", "")) if reason else 1
    size = PAGE_SIZE if reason else SHOWN
    found = audience(
        campaign=campaign, now=now, reason=reason, start=(page - 1) * size, shown=size
    )
    groups = [group for group in found.groups if reason in {"", group.reason}]
    return render(
        request,
        "campaigns/audience.html",
        {
            "now": now,
            "campaign": campaign,
            "audience": found,
            "groups": groups,
            "reason": reason,
            "page_number": page,
            "has_more": bool(reason) and any(g.count > page * size for g in groups),
            "per_day": found.per_day(campaign.spread_days),
            "shown": SHOWN,
            "floor_hours": settings.SURVEY_FLOOR_HOURS,
        },
    )


def _page(text: str) -> int:
    """From 1 on; what is no number is the first."""
    return max(int(text), 1) if text.isascii() and text.isdigit() and len(text) < 7 else 1
