"""Which track events arrived lately: what a campaign can listen to.

Lives here, not in campaigns: Segment's messages are up the ladder from there. The setup's
page takes this in by its address.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from campaigns.models import Campaign
from promoter.accounts.access import AccountRequest, account_required, for_account
from promoter.accounts.models import Account
from segment_ingest.models import SegmentMessage

DAYS = 30
# The newest so many are counted: the page stays quick for who sends millions a month.
MOST_MESSAGES = 50_000
MOST_NAMES = 100


@dataclass(frozen=True, slots=True)
class EventName:
    """One name, how often it arrived, and when last."""

    name: str
    count: int
    latest: datetime


def event_names(*, account: Account, now: datetime) -> list[EventName]:
    """The names of the last 30 days, most frequent first, trimmed as campaigns compare."""
    newest = for_account(SegmentMessage, account).order_by("-id")[:MOST_MESSAGES]
    rows = (
        SegmentMessage.objects.filter(pk__in=newest.values("pk"))
        .filter(type="track", received_at__gte=now - timedelta(days=DAYS))
        .exclude(event="")
        .order_by()
        .values("event")
        .annotate(count=Count("pk"), latest=Max("received_at"))
        .order_by("-count", "event")
    )
    found: dict[str, EventName] = {}
    for row in rows[: 2 * MOST_NAMES]:
        name = row["event"].strip()
        earlier = found.get(name, EventName(name, 0, row["latest"]))
        found[name] = EventName(
            name, earlier.count + row["count"], max(earlier.latest, row["latest"])
        )
    return list(found.values())[:MOST_NAMES]


def counted_in(account: Account) -> str:
    """What the counts are about, in words; less than all where there is too much."""
    beyond = for_account(SegmentMessage, account).order_by("-id")[MOST_MESSAGES:]
    if beyond[:1].exists():
        return f"among the newest {MOST_MESSAGES:,} messages"
    return f"in the last {DAYS} days"


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
        "counted_in": counted_in(request.account),
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
    names = event_names(account=request.account, now=now)
    seen = next((one for one in names if one.name == campaign.event_name), None)
    alike = [
        one.name for one in names if one.name.casefold() == campaign.event_name.casefold()
    ]
    context = {
        "now": now,
        "campaign": campaign,
        "seen": seen,
        "alike": alike,
        "counted_in": counted_in(request.account),
    }
    return render(request, "segment_ingest/_event_check.html", context)


def _form_url(request: AccountRequest) -> str:
    text = request.GET.get("campaign", "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        return ""
    campaign = get_object_or_404(for_account(Campaign, request.account), pk=text)
    return reverse("campaign-setup-step", args=[campaign.pk, "event"])
