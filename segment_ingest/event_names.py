"""Which track events arrived lately: what a campaign can listen to.

Lives here, not in campaigns: Segment's messages are up the ladder from there. The setup's
page takes this in by its address.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from campaigns.models import Campaign
from promoter.accounts.access import AccountRequest, account_required, for_account, has_role
from promoter.accounts.models import Account, Membership
from segment_ingest.event_sums import DAYS, first_day, read_sum, track_sums
from segment_ingest.property_names import property_names
from segment_ingest.quota import utc_day
from segment_ingest.tracking_plan import Cost, EventSum, days_counted, near_key

MOST_NAMES = 100
# For a near miss; beyond them are names that arrived a few times.
MOST_COMPARED = 1_000


def event_names(*, account: Account, now: datetime) -> list[EventSum]:
    """The track events of the last 30 days, most frequent first."""
    sums = track_sums(account=account, now=now)
    return [read_sum(row) for row in sums[:MOST_NAMES]]


@dataclass(frozen=True, slots=True)
class Daily:
    """One event with its number on an ordinary day, in words."""

    seen: EventSum
    a_day: str


def with_a_day(sums: list[EventSum], *, account: Account, now: datetime) -> list[Daily]:
    """On average since the account's first event: a young account is not divided by 30."""
    first = first_day(account=account, now=now) if sums else None
    cost = Cost(0, days_counted(first, today=utc_day(now)), 0)
    return [Daily(each, cost.price(each.count).a_day_words) for each in sums]


@account_required()
@require_safe
def event_name_list(request: AccountRequest) -> HttpResponse:
    """A page of its own without JavaScript; a part of the setup's page with it.

    `?campaign=` makes each name a link that puts it into that campaign's form, and
    `?properties_of=` adds the names of that event's properties.
    """
    account, now = request.account, timezone.now()
    found = event_names(account=account, now=now)
    context = {
        "now": now,
        "names": with_a_day(found, account=account, now=now),
        "days": DAYS,
        "form_url": _form_url(request),
    }
    event = request.GET.get("properties_of", "").replace("\0", "")[:255]
    if event:
        context["properties"] = property_names(account=account, event=event)
    is_part = request.headers.get("HX-Request") == "true"
    name = "_event_names.html" if is_part else "event_names.html"
    return render(request, f"segment_ingest/{name}", context)


@account_required()
@require_safe
def event_check(request: AccountRequest, pk: int) -> HttpResponse:
    """Has this event arrived lately, or one with nearly its name? And whom would it ask?

    `?event_name=` is what is being typed; without it the campaign's own. A part of the
    setup's pages, and a page of its own without JavaScript.
    """
    account, now = request.account, timezone.now()
    campaign = get_object_or_404(for_account(Campaign, account), pk=pk)
    typed = request.GET.get("event_name", campaign.event_name)
    name = typed.replace("\0", "").strip()[:255]
    tracks = track_sums(account=account, now=now)
    row = tracks.filter(event=name).first() if name else None
    seen = [read_sum(row)] if row else []
    close = near_key(name)
    alike = [
        each
        for each in map(read_sum, tracks[:MOST_COMPARED] if name and not seen else [])
        if near_key(each.event) == close
    ]
    context = {
        "now": now,
        "campaign": campaign,
        "name": name,
        "seen": next(iter(with_a_day(seen, account=account, now=now)), None),
        "alike": alike,
        "days": DAYS,
        "may_choose": campaign.is_editable and not campaign.event_is_fixed,
        "may_edit": has_role(request.membership, Membership.Role.EDITOR),
    }
    is_part = request.headers.get("HX-Request") == "true"
    page = "_event_check.html" if is_part else "event_check.html"
    return render(request, f"segment_ingest/{page}", context)


def _form_url(request: AccountRequest) -> str:
    text = request.GET.get("campaign", "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        return ""
    campaign = get_object_or_404(for_account(Campaign, request.account), pk=text)
    return reverse("campaign-setup-step", args=[campaign.pk, "event"])
