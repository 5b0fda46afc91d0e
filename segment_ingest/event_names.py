"""Which track events arrived lately: what a campaign can listen to.

Lives here, not in campaigns: Segment's messages are up the ladder from there. The setup's
page takes this in by its address.
"""

from __future__ import annotations

from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from campaigns.models import Campaign
from promoter.accounts.access import AccountRequest, account_required, for_account
from promoter.accounts.models import Account
from segment_ingest.event_sums import DAYS, read_sum, track_sums
from segment_ingest.tracking_plan import EventSum, near_key

MOST_NAMES = 100
# For a near miss; beyond them are names that arrived a few times.
MOST_COMPARED = 1_000


def event_names(*, account: Account, now: datetime) -> list[EventSum]:
    """The track events of the last 30 days, most frequent first."""
    sums = track_sums(account=account, now=now)
    return [read_sum(row) for row in sums[:MOST_NAMES]]


@account_required()
@require_safe
def event_name_list(request: AccountRequest) -> HttpResponse:
    """A page of its own without JavaScript; a part of the setup's page with it.

    `?campaign=` makes each name a link that puts it into that campaign's form.
    """
    now = timezone.now()
    context = {
        "now": now,
        "names": event_names(account=request.account, now=now),
        "days": DAYS,
        "form_url": _form_url(request),
    }
    is_part = request.headers.get("HX-Request") == "true"
    name = "_event_names.html" if is_part else "event_names.html"
    return render(request, f"segment_ingest/{name}", context)


@account_required()
@require_safe
def event_check(request: AccountRequest, pk: int) -> HttpResponse:
    """One sentence: has the campaign's event arrived lately? For its review."""
    now = timezone.now()
    campaign = get_object_or_404(for_account(Campaign, request.account), pk=pk)
    tracks = track_sums(account=request.account, now=now)
    seen = tracks.filter(event=campaign.event_name).first()
    close = near_key(campaign.event_name)
    alike = [
        row["event"] for row in tracks[:MOST_COMPARED] if near_key(row["event"]) == close
    ]
    context = {
        "now": now,
        "campaign": campaign,
        "seen": read_sum(seen) if seen else None,
        "alike": alike,
        "days": DAYS,
    }
    return render(request, "segment_ingest/_event_check.html", context)


def _form_url(request: AccountRequest) -> str:
    text = request.GET.get("campaign", "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        return ""
    campaign = get_object_or_404(for_account(Campaign, request.account), pk=text)
    return reverse("campaign-setup-step", args=[campaign.pk, "event"])
