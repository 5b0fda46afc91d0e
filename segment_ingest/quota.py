"""How many events an account may still send this UTC day, exact under any concurrency.

DailyUsage has one row per account and day. Whoever stores events updates that row first
in the same transaction and thereby holds its lock until the commit: counts are exact, and
the account's messages get their ids in the order of their commits. (SQLite needs no lock:
its transactions are IMMEDIATE, one writer at a time.)
"""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import F

from promoter.accounts.models import Account
from segment_ingest.models import DailyUsage


def utc_day(now: datetime) -> date:
    return now.astimezone(UTC).date()


def seconds_to_reset(now: datetime) -> int:
    """Whole seconds to the next 00:00 UTC, at least 1: what Retry-After takes."""
    midnight = datetime.combine(utc_day(now) + timedelta(days=1), time.min, UTC)
    return max(1, math.ceil((midnight - now).total_seconds()))


def claim(*, account: Account, day: date, events: int) -> bool:
    """Count the events and hold the row, if all of them fit; else change nothing.

    One conditional UPDATE: whoever waits for the row's lock sees the other's count.
    """
    return bool(
        DailyUsage.objects.filter(
            account=account, day=day, accepted__lte=account.daily_event_limit - events
        ).update(accepted=F("accepted") + events)
    )


def lock_room(*, account: Account, day: date) -> int:
    """Hold the day's row (made if missing); how many events fit still."""
    DailyUsage.objects.bulk_create(
        [DailyUsage(account=account, day=day)], ignore_conflicts=True
    )
    usage = DailyUsage.objects.select_for_update().get(account=account, day=day)
    return max(0, account.daily_event_limit - usage.accepted)


def count(
    *,
    account: Account,
    day: date,
    accepted: int = 0,
    duplicates: int = 0,
    rejected: int = 0,
    refused: int = 0,
) -> bool:
    """Add to the day's counts (`accepted` may be negative, to give back); whether the
    row exists."""
    return bool(
        DailyUsage.objects.filter(account=account, day=day).update(
            accepted=F("accepted") + accepted,
            duplicates=F("duplicates") + duplicates,
            rejected=F("rejected") + rejected,
            refused=F("refused") + refused,
        )
    )


def count_or_create(
    *, account: Account, day: date, rejected: int = 0, refused: int = 0
) -> None:
    """Count what was not taken, even as the first thing of the day."""
    if not count(account=account, day=day, rejected=rejected, refused=refused):
        DailyUsage.objects.bulk_create(
            [DailyUsage(account=account, day=day)], ignore_conflicts=True
        )
        count(account=account, day=day, rejected=rejected, refused=refused)
