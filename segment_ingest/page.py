"""The Segment page: what arrived, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from promoter.accounts.access import AccountRequest, account_required
from promoter.accounts.models import Account
from promoter.lib.paging import page_of
from segment_ingest.inspecting import inspect, refused_lately
from segment_ingest.models import DailyUsage, SegmentMessage
from segment_ingest.snippets import snippet_values

PAGE_SIZE = 50


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
    """Filters: `user`, `event` and `id` (exact) and `verdict`. `live=off` stops
    refreshing."""
    account, now = request.account, timezone.now()
    filters = _filters(request)
    page = page_of(_matching(account, filters), query=request.GET, size=PAGE_SIZE)
    context: dict[str, Any] = {
        "now": now,
        "quota": quota_today(account, now),
        "filters": filters,
        "is_filtered": any(filters.values()),
        "page": page,
        "inspected": inspect(account=account, messages=page.rows, now=now),
        "refused": refused_lately(account=account, now=now),
        "is_live": page.is_first and request.GET.get("live") != "off",
    }
    context |= snippet_values(account)
    if request.headers.get("HX-Target") == "segment-live":
        context["is_part"] = True
        return render(request, "segment_ingest/_live.html", context)
    context |= {
        "verdicts": [verdict for verdict in SegmentMessage.Verdict if verdict.value],
        "pending": SegmentMessage.Verdict.PENDING,
    }
    return render(request, "segment_ingest/segment.html", context)


def quota_today(account: Account, now: datetime) -> Quota:
    today = now.astimezone(UTC).date()
    usage = DailyUsage.objects.filter(account=account, day=today).first()
    return Quota(
        accepted=usage.accepted if usage else 0,
        refused=usage.refused if usage else 0,
        limit=account.daily_event_limit,
        resets_at=datetime.combine(today + timedelta(days=1), time.min, UTC),
    )


def _filters(request: AccountRequest) -> dict[str, str]:
    return {
        name: request.GET.get(name, "").replace("\0", "").strip()[:255]
        for name in ("user", "event", "verdict", "id")
    }


def _matching(account: Account, filters: dict[str, str]) -> QuerySet[SegmentMessage]:
    messages = SegmentMessage.objects.filter(account=account)
    if filters["user"]:
        messages = messages.of_user(filters["user"])
    if filters["event"]:
        messages = messages.of_event(filters["event"])
    if filters["id"]:
        messages = messages.filter(message_id=filters["id"])
    if filters["verdict"] == "pending":
        messages = messages.filter(verdict=SegmentMessage.Verdict.PENDING)
    elif filters["verdict"]:
        messages = messages.filter(verdict=filters["verdict"])
    return messages.select_related("survey")
