"""The Celery application; its schedule stands in settings.CELERY_BEAT_SCHEDULE."""

from __future__ import annotations

import gc
import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_init
from django.conf import settings
from django.utils.log import configure_logging

from promoter.lib import patience

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "promoter.settings")

app = Celery("promoter")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def _log_as_settings_say(**_: Any) -> None:
    """Else Celery puts its own lines in the place of ours, addresses and all."""
    configure_logging(settings.LOGGING_CONFIG, settings.LOGGING)


@worker_init.connect
def _wait_for_no_database_for_ever(**_: Any) -> None:
    """Before the pool starts, whose processes inherit it."""
    patience.begin()


@worker_init.connect
def _keep_what_is_loaded(**_: Any) -> None:
    """Before the worker's processes are forked. Modules stay as long as the worker does;
    to look for garbage among them again and again is work for nothing."""
    gc.freeze()
