"""Forget deliveries that are long done: they hold what people wrote."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from promoter.webhooks.models import Delivery

CHUNK = 1_000


def prune_deliveries(*, now: datetime) -> int:
    """Delete what was finished more than WEBHOOK_RETENTION_DAYS ago; how many.

    In small transactions, so that nobody waits long for SQLite's one lock.
    """
    before = now - timedelta(days=settings.WEBHOOK_RETENTION_DAYS)
    old = Delivery.objects.filter(finished_at__lt=before).order_by("finished_at")
    deleted = 0
    while ids := list(old.values_list("pk", flat=True)[:CHUNK]):
        # Again the condition: one may have been sent again meanwhile.
        deleted += Delivery.objects.filter(pk__in=ids, finished_at__lt=before).delete()[0]
    return deleted
