"""The decision log of a campaign: who was asked, who was not, and why.

Lives here, not in campaigns: it looks over all apps. The campaign's page takes its newest
lines in by the address.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from campaigns.models import Campaign
from promoter.accounts.access import AccountRequest, account_required, for_account
from segment_ingest.decision_log import OF_EVENTS, REASONS, Wanted, log_page
from segment_ingest.timeline import Cursor
from surveys.models import SkipReason

PAGE_SIZE = 30
LATEST = 10


@account_required()
@require_safe
def decision_log(request: AccountRequest, pk: int) -> HttpResponse:
    """`outcome` and `q` (a person) filter; `before` is where the page before ended.
    `part=latest` is the newest lines alone."""
    campaign = get_object_or_404(
        for_account(Campaign, request.account).select_related("account"), pk=pk
    )
    now = timezone.now()
    is_part = request.GET.get("part") == "latest"
    wanted = Wanted() if is_part else Wanted.of(request.GET)
    before = None if is_part else Cursor.read(request.GET.get("before", ""))
    entries, older = log_page(
        campaign, wanted, before=before, size=LATEST if is_part else PAGE_SIZE, now=now
    )
    context = {
        "now": now,
        "campaign": campaign,
        "entries": entries,
        "wanted": wanted,
        "is_first": before is None,
    }
    if is_part:
        return render(request, "segment_ingest/_decisions.html", context)
    context |= {
        "older": older,
        "reasons": _reasons(campaign),
        "days_kept": settings.SEGMENT_DEDUP_DAYS,
    }
    return render(request, "segment_ingest/decisions.html", context)


def _reasons(campaign: Campaign) -> list[tuple[str, str]]:
    """Those that can occur, by name."""
    possible = {each.value for each in SkipReason}
    if campaign.kind == Campaign.Kind.SEGMENT:
        possible |= {each.value for each in OF_EVENTS}
    found = [(code, label) for code, label in REASONS.items() if code in possible]
    return sorted(found, key=lambda pair: pair[1])
