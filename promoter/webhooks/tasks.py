"""Periodic work on webhooks: says "look now", carries nothing, may run twice."""

from __future__ import annotations

import logging

from celery import shared_task
from django.utils import timezone

from promoter.webhooks import delivery, pruning

log = logging.getLogger(__name__)


@shared_task
def deliver_due() -> None:
    """Tell the endpoints what is due. Beat rings again in seconds if more is left."""
    delivery.deliver_due(clock=timezone.now)


@shared_task
def prune_deliveries() -> None:
    """Forget what is long done."""
    deleted = pruning.prune_deliveries(now=timezone.now())
    if deleted:
        log.info("pruned %s webhook deliveries", deleted)
