"""How often each event was taken in the last 30 days, added up from the daily counts.

Costs by the number of names and days, never by the number of messages.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from promoter.accounts.access import for_account
from promoter.accounts.models import Account
from segment_ingest.models import EventCount
from segment_ingest.quota import utc_day
from segment_ingest.tracking_plan import UNUSED_TYPES, EventSum

# UTC days, today among them.
DAYS = 30


@dataclass(frozen=True, slots=True)
class Totals:
    """All events of the time, those tracks whose name is not among the given ones, and
    the calls of which nothing is made.

    `first_day` is the first day with a count; None without any.
    """

    events: int
    first_day: date | None
    unheard_events: int
    unheard_names: int
    unused_events: int


def event_sums(*, account: Account, now: datetime) -> QuerySet[EventCount, Any]:
    """A row for each type and name, most frequent first; to be filtered and cut."""
    return (
        _counts(account, now)
        .values("type", "event")
        .annotate(total=Sum("count"), most=Max("count"), last=Max("last_seen_at"))
        .order_by("-total", "type", "event")
    )


def track_sums(*, account: Account, now: datetime) -> QuerySet[EventCount, Any]:
    """Those that a campaign can listen to, by name; not what counting.py lumps together."""
    return event_sums(account=account, now=now).filter(type="track").exclude(event="")


def read_sum(row: dict[str, Any]) -> EventSum:
    return EventSum(row["type"], row["event"], row["total"], row["last"], row["most"])


def first_day(*, account: Account, now: datetime) -> date | None:
    """The first day of the 30 on which anything arrived; None without any."""
    found: date | None = _counts(account, now).aggregate(first=Min("day"))["first"]
    return found


def totals(*, account: Account, now: datetime, heard: Collection[str]) -> Totals:
    """`heard` are the names of events that somebody listens to."""
    unheard = Q(type="track") & ~Q(event__in={"", *heard})
    row = _counts(account, now).aggregate(
        events=Sum("count", default=0),
        first=Min("day"),
        unheard=Sum("count", filter=unheard, default=0),
        names=Count("event", distinct=True, filter=unheard),
        unused=Sum("count", filter=Q(type__in=UNUSED_TYPES), default=0),
    )
    return Totals(row["events"], row["first"], row["unheard"], row["names"], row["unused"])


def _counts(account: Account, now: datetime) -> QuerySet[EventCount]:
    first = utc_day(now) - timedelta(days=DAYS - 1)
    return for_account(EventCount, account).filter(day__gte=first).order_by()
