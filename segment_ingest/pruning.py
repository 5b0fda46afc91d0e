"""Forget what Segment sent: bodies first, then the rows that told duplicates."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from segment_ingest.models import EventCount, RefusedRequest, SegmentMessage

# Small, so that ingest never waits long for a lock or for SQLite's one writer.
STEP = 1_000
REFUSALS_KEPT = timedelta(days=30)
WAITING = (SegmentMessage.Verdict.PENDING, SegmentMessage.Verdict.HELD)
COUNTS_KEPT = timedelta(days=92)


def prune(*, now: datetime, step: int = STEP) -> tuple[int, int]:
    """How many bodies were emptied and how many messages deleted, each past its time.

    A message that still waits stays as it is however old it is.
    """
    bodies = _empty_bodies(now - timedelta(days=settings.SEGMENT_BODY_RETENTION_DAYS), step)
    rows = _delete_rows(now - timedelta(days=settings.SEGMENT_DEDUP_DAYS), step)
    # Few: an hour and reason has one row, a day and name another.
    RefusedRequest.objects.filter(last_at__lt=now - REFUSALS_KEPT).delete()
    EventCount.objects.filter(day__lt=(now - COUNTS_KEPT).date()).delete()
    return bodies, rows


def _empty_bodies(before: datetime, step: int) -> int:
    """Walks on by time, so that a step doesn't read what the last one emptied."""
    total = 0
    since: datetime | None = None
    while True:
        old = SegmentMessage.objects.filter(
            received_at__lt=before, body__isnull=False
        ).exclude(verdict__in=WAITING)
        if since is not None:
            old = old.filter(received_at__gte=since)
        found = list(
            old.order_by("received_at", "pk").values_list("pk", "received_at")[:step]
        )
        if not found:
            return total
        SegmentMessage.objects.filter(pk__in=[pk for pk, _ in found]).update(body=None)
        total += len(found)
        since = found[-1][1]


def _delete_rows(before: datetime, step: int) -> int:
    total = 0
    while True:
        old = SegmentMessage.objects.filter(received_at__lt=before).exclude(
            verdict__in=WAITING
        )
        found = list(old.order_by("received_at").values_list("pk", flat=True)[:step])
        if not found:
            return total
        SegmentMessage.objects.filter(pk__in=found).delete()
        total += len(found)
