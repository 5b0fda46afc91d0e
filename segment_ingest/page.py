"""The Segment page: connect, and see what arrived and what became of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from campaigns.models import Campaign
from promoter.accounts.access import AccountRequest, account_required, for_account, has_role
from promoter.accounts.models import Account, ApiKey, Membership
from promoter.lib.paging import page_of
from segment_ingest.models import DailyUsage, SegmentMessage

PAGE_SIZE = 50
EXAMPLE_EVENT = "Order Completed"
KEY_PLACEHOLDER = "YOUR_API_KEY"
MOST_KEYS = 10


@dataclass(frozen=True, slots=True)
class Quota:
    """Today's events, by UTC: taken, the limit, and when the count starts anew."""

    accepted: int
    refused: int
    limit: int
    resets_at: datetime

    @property
    def share(self) -> float:
        """Per cent of the limit, 100 at most; a limit of 0 is used up."""
        if not self.limit:
            return 100.0
        return min(round(100 * self.accepted / self.limit, 2), 100.0)

    @property
    def level(self) -> str:
        if self.accepted >= self.limit:
            return "full"
        return "high" if 100 * self.accepted >= 80 * self.limit else "normal"


@account_required()
@require_safe
def segment_page(request: AccountRequest) -> HttpResponse:
    """Filters: `user` and `event` (exact) and `verdict`. `live=off` stops refreshing."""
    account, now = request.account, timezone.now()
    messages = for_account(SegmentMessage, account)
    filters = _filters(request)
    context: dict[str, Any] = {
        "now": now,
        "quota": quota_today(account, now),
        "filters": filters,
        "is_filtered": any(filters.values()),
        "page": page_of(_matching(messages, filters), query=request.GET, size=PAGE_SIZE),
    }
    context |= _snippet_values(account, KEY_PLACEHOLDER)
    context["is_live"] = context["page"].is_first and request.GET.get("live") != "off"
    if request.headers.get("HX-Target") == "segment-live":
        context["is_part"] = True
        return render(request, "segment_ingest/_live.html", context)
    context |= _connection(request) | {
        "verdicts": [verdict for verdict in SegmentMessage.Verdict if verdict.value],
        "pending": SegmentMessage.Verdict.PENDING,
    }
    return render(request, "segment_ingest/segment.html", context)


@account_required(Membership.Role.OWNER)
@require_POST
@never_cache
def create_key(request: AccountRequest) -> HttpResponse:
    """Answers with the key itself instead of redirecting: nothing keeps it for later."""
    if ApiKey.objects.usable().filter(account=request.account).count() >= MOST_KEYS:
        return redirect("segment")
    key, text = ApiKey.objects.issue(
        account=request.account,
        name=request.POST.get("name", "").replace("\0", "").strip()[:80] or "Segment",
        now=timezone.now(),
    )
    return render(
        request,
        "segment_ingest/key_created.html",
        {"key": key} | _snippet_values(request.account, text),
    )


@account_required(Membership.Role.OWNER)
def revoke_key(request: AccountRequest, pk: int) -> HttpResponse:
    """GET asks once more; POST revokes."""
    key = get_object_or_404(ApiKey.objects.usable().filter(account=request.account), pk=pk)
    if request.method == "POST":
        key.revoke(now=timezone.now())
        return redirect("segment")
    last = ApiKey.objects.usable().filter(account=request.account).count() == 1
    return render(
        request,
        "segment_ingest/key_revoke.html",
        {"key": key, "is_last": last},
    )


def quota_today(account: Account, now: datetime) -> Quota:
    today = now.astimezone(UTC).date()
    usage = DailyUsage.objects.filter(account=account, day=today).first()
    return Quota(
        accepted=usage.accepted if usage else 0,
        refused=usage.refused if usage else 0,
        limit=account.daily_event_limit,
        resets_at=datetime.combine(today + timedelta(days=1), time.min, UTC),
    )


def _connection(request: AccountRequest) -> dict[str, Any]:
    return {
        "keys": list(ApiKey.objects.usable().filter(account=request.account)),
        "may_manage_keys": has_role(request.membership, Membership.Role.OWNER),
        "key_limit": MOST_KEYS,
    }


def _snippet_values(account: Account, key_text: str) -> dict[str, str]:
    """The event is one that a live campaign waits for, so that a try leads to a mail."""
    campaign = Campaign.objects.live().filter(account=account).first()
    return {
        "address": settings.SITE_URL,
        "key_text": key_text,
        "event_name": _literal(campaign.event_name if campaign else EXAMPLE_EVENT),
    }


def _literal(text: str) -> SafeString:
    """The text in quotes: the same in JSON, JavaScript, Python and a shell's quotes.

    Nothing in it means anything to HTML either.
    """
    quoted = json.dumps(text)
    for character in "'&<>":
        quoted = quoted.replace(character, f"\\u{ord(character):04x}")
    return mark_safe(quoted)  # noqa: S308


def _filters(request: AccountRequest) -> dict[str, str]:
    return {
        name: request.GET.get(name, "").replace("\0", "").strip()[:255]
        for name in ("user", "event", "verdict")
    }


def _matching(
    messages: QuerySet[SegmentMessage], filters: dict[str, str]
) -> QuerySet[SegmentMessage]:
    if filters["user"]:
        messages = messages.filter(user_id=filters["user"])
    if filters["event"]:
        messages = messages.filter(event=filters["event"])
    if filters["verdict"] == "pending":
        return messages.filter(verdict=SegmentMessage.Verdict.PENDING)
    if filters["verdict"]:
        messages = messages.filter(verdict=filters["verdict"])
    return messages.select_related("survey")
