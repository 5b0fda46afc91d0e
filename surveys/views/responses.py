"""What people answered, newest first."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from campaigns.models import Campaign
from promoter.accounts.access import AccountRequest, account_required, for_account
from promoter.lib.paging import page_of
from surveys.models import Response, SuspectAnswer
from surveys.nps import SCORES, Band, band

PAGE_SIZE = 30


@account_required()
@require_safe
def response_list(request: AccountRequest) -> HttpResponse:
    """Filters: `band` (promoter, passive, detractor) and `campaign` (its id)."""
    responses = for_account(Response, request.account)
    campaigns = list(for_account(Campaign, request.account).order_by("name"))
    chosen_band = _band(request.GET.get("band", ""))
    chosen = request.GET.get("campaign", "")
    campaign = next((one for one in campaigns if str(one.pk) == chosen), None)
    if chosen_band:
        scores = [score for score in SCORES if band(score) is chosen_band]
        responses = responses.filter(score__in=scores)
    if campaign:
        responses = responses.filter(campaign=campaign)
    page = page_of(
        responses.select_related("contact", "campaign").prefetch_related("changes"),
        query=request.GET,
        size=PAGE_SIZE,
        key="responded_at",
    )
    return render(
        request,
        "surveys/response_list.html",
        {
            "now": timezone.now(),
            "page": page,
            "bands": [Band.PROMOTER, Band.PASSIVE, Band.DETRACTOR],
            "band": chosen_band,
            "campaigns": campaigns,
            "campaign": campaign,
            "quarantined": for_account(SuspectAnswer, request.account)
            .filter(status=SuspectAnswer.Status.WAITING)
            .count(),
            "is_filtered": bool(chosen_band or campaign),
        },
    )


def _band(text: str) -> Band | None:
    return Band(text) if text in list(Band) else None
