"""Periodic work on campaigns: says "look now", carries nothing, may run twice."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from campaigns.pause_notices import tell_of_pauses


@shared_task
def tell_owners_of_pauses() -> None:
    """Mail the owners of campaigns that paused themselves."""
    tell_of_pauses(now=timezone.now())
