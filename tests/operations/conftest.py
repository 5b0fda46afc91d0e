"""An installation at work: a worker and a beat that have shown life."""

from __future__ import annotations

import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from promoter.operations.models import TaskRun, Worker


@pytest.fixture
def at_work(db):
    """One worker, and each periodic task done a moment ago; nobody else's signs."""
    Worker.objects.all().delete()
    TaskRun.objects.all().delete()
    now = timezone.now()
    Worker.objects.create(name="celery@one", started_at=now, seen_at=now)
    tasks = {entry["task"] for entry in django_settings.CELERY_BEAT_SCHEDULE.values()}
    for task in tasks:
        TaskRun.objects.create(task=task, done_at=now, seconds=0.5, runs=1)
