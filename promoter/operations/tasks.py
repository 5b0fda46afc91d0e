"""Signs of life, hung on what Celery tells of itself; only workers load this module."""

from __future__ import annotations

import threading
import time
from typing import Any

from celery import shared_task
from celery.signals import (
    task_failure,
    task_postrun,
    task_prerun,
    worker_ready,
    worker_shutdown,
)
from django.conf import settings
from django.db import connections
from django.utils import timezone

from promoter.operations.recording import RunLog, worker_has_gone, worker_is_here

SECONDS_BETWEEN_SIGNS = 20.0
# A stop is quick: a database that is away gets no word of it.
PATIENCE_SECONDS = 3.0
PERIODIC = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}

_runs = RunLog()
# Task id -> when it began, and the kind of its failure.
_began: dict[str, float] = {}
_failed: dict[str, str] = {}
_stopping = threading.Event()
_signs: list[threading.Thread] = []


@shared_task
def show_life() -> None:
    """Nobody but the beat asks for this and only a worker runs it: that it ran, which is
    written as of every periodic task, proves both, and the broker between them."""


@task_prerun.connect
def _begin(task_id: str, **_: Any) -> None:
    _began[task_id] = time.monotonic()


@task_failure.connect
def _fail(task_id: str, exception: BaseException, **_: Any) -> None:
    # Its kind alone: the text may name a person, and the worker's log has it.
    _failed[task_id] = type(exception).__name__


@task_postrun.connect
def _end(task_id: str, task: Any, **_: Any) -> None:
    began, error = _began.pop(task_id, None), _failed.pop(task_id, "")
    if task.name not in PERIODIC or began is None:
        return
    seconds = time.monotonic() - began
    _runs.note(task.name, now=timezone.now(), seconds=seconds, error=error)


@worker_ready.connect
def _arrive(sender: Any, **_: Any) -> None:
    """A thread of its own: work that takes long, or a full queue, is no death."""
    thread = threading.Thread(target=_keep_saying, args=(sender.hostname,), daemon=True)
    thread.start()
    _signs.append(thread)


def _keep_saying(name: str) -> None:
    started_at = timezone.now()
    while not _stopping.is_set():
        worker_is_here(name, started_at=started_at, now=timezone.now())
        # A connection of three signs a minute is not worth keeping.
        connections.close_all()
        _stopping.wait(SECONDS_BETWEEN_SIGNS)
    worker_has_gone(name)
    connections.close_all()


@worker_shutdown.connect
def _leave(**_: Any) -> None:
    _stopping.set()
    for thread in _signs:
        thread.join(PATIENCE_SECONDS)
