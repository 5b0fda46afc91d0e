"""The Celery application; its schedule stands in settings.CELERY_BEAT_SCHEDULE."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "promoter.settings")

app = Celery("promoter")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
