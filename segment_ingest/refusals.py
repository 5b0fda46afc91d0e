"""Remember what was not taken at the door, so that the Segment page can say so.

A row an hour, reason and way in: a flood of wrong calls costs updates of one row. What is
over the quota is counted in DailyUsage instead, for that path must stay the cheapest.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F

from promoter.accounts.models import Account
from segment_ingest.models import RefusedRequest
from segment_ingest.wire import Rejected


def record(
    *, account: Account, rejected: Iterable[Rejected], way_in: str, now: datetime
) -> None:
    """Count these by their codes; of each code the last sentence is kept."""
    counts: dict[str, int] = {}
    messages: dict[str, str] = {}
    for each in rejected:
        counts[each.code] = counts.get(each.code, 0) + 1
        messages[each.code] = each.message
    for code, count in sorted(counts.items()):
        record_one(
            account=account,
            code=code,
            message=messages[code],
            way_in=way_in,
            now=now,
            count=count,
        )


def record_one(
    *,
    account: Account,
    code: str,
    message: str,
    way_in: str,
    now: datetime,
    count: int = 1,
) -> None:
    """Count a refusal: one statement, three for the first of the hour."""
    row = RefusedRequest(
        account=account,
        hour=now.replace(minute=0, second=0, microsecond=0),
        code=code,
        way_in=way_in[:80],
        message=message[:300],
        last_at=now,
    )
    if not _add(row, count):
        RefusedRequest.objects.bulk_create([row], ignore_conflicts=True)
        _add(row, count)


def _add(row: RefusedRequest, count: int) -> int:
    return RefusedRequest.objects.filter(
        account=row.account, hour=row.hour, code=row.code, way_in=row.way_in
    ).update(count=F("count") + count, message=row.message, last_at=row.last_at)
