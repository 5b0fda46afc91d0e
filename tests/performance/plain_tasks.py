"""A Celery task for each event, as most code would have it: the peer of `process_inbox`."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from segment_ingest.models import SegmentMessage
from tests.performance.plain_processing import process_message


@shared_task
def process_event(pk: int) -> None:
    process_message(SegmentMessage.objects.get(pk=pk), now=timezone.now())
