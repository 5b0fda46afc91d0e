"""Add up how often each event came, behind the requests and out of their way.

DailyUsage remembers up to which message its day is counted. An account's messages get
their ids in the order of their commits (inbox_rows.py), so whatever is visible below the
newest is complete, and no lock is held while counting.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from django.db import transaction
from django.db.models import Count, F, Max

from segment_ingest.models import DailyUsage, EventCount, SegmentMessage

# Names that a client makes up must not fill the table: what is beyond counts as one.
MOST_NAMES = 1_000
OTHER_NAMES = ""

Name = tuple[str, str]
"""An event's type, and its name if it is a track."""


def count_events() -> int:
    """Count what came since the last time, for every account; how many events it was."""
    behind = DailyUsage.objects.filter(accepted__gt=F("counted")).select_related("account")
    total = 0
    for usage in behind:
        total += _count_day(usage)
    return total


def _count_day(usage: DailyUsage) -> int:
    start = datetime.combine(usage.day, time.min, UTC)
    new = SegmentMessage.objects.filter(
        account=usage.account,
        pk__gt=usage.counted_to,
        received_at__gte=start,
        received_at__lt=start + timedelta(days=1),
    ).order_by()
    groups = list(
        new.values("type", "event").annotate(
            count=Count("pk"), latest=Max("received_at"), last_id=Max("pk")
        )
    )
    counted_to = max((group["last_id"] for group in groups), default=usage.counted_to)
    counts: dict[Name, int] = {}
    latest: dict[Name, datetime] = {}
    for group in groups:
        name = (group["type"], group["event"])
        counts[name], latest[name] = group["count"], group["latest"]
    rows = _rows(usage, counts, latest)
    with transaction.atomic():
        EventCount.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["account", "day", "type", "event"],
            update_fields=["count", "last_seen_at"],
        )
        # `accepted` as it was read before the messages: all of those were visible.
        ours = DailyUsage.objects.filter(pk=usage.pk, counted_to=usage.counted_to).update(
            counted=usage.accepted, counted_to=counted_to
        )
        if not ours:
            # Another worker has counted the same ones.
            transaction.set_rollback(True)
            return 0
    return sum(counts.values())


def _rows(
    usage: DailyUsage, counts: dict[Name, int], latest: dict[Name, datetime]
) -> list[EventCount]:
    """The day's rows with the new counts on top."""
    known = {
        (row.type, row.event): row
        for row in EventCount.objects.filter(account=usage.account, day=usage.day)
    }
    rows: dict[Name, EventCount] = {}
    for name, count in sorted(counts.items(), key=lambda item: -item[1]):
        kept = name
        if name not in known and len(known) >= MOST_NAMES:
            kept = (name[0], OTHER_NAMES)
        row = known.setdefault(
            kept,
            EventCount(
                account=usage.account,
                day=usage.day,
                type=kept[0],
                event=kept[1],
                last_seen_at=latest[name],
            ),
        )
        row.count += count
        row.last_seen_at = max(row.last_seen_at, latest[name])
        # By unique name, not by id: another worker may have made the row meanwhile.
        row.pk = None
        rows[kept] = row
    return list(rows.values())
