"""Workers write down that they are there, and how their periodic tasks fare.

Never at the cost of the work: what can't be written is logged and forgotten.
"""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError, InterfaceError
from django.db.models import F

from promoter.operations.models import TaskRun, Worker

log = logging.getLogger(__name__)
# Each worker process writes a task's row at most so often.
REST = timedelta(seconds=15)
# A dead worker's row is of use while somebody may wonder where it went.
GONE_AFTER = timedelta(days=1)


@dataclass(slots=True)
class _Unwritten:
    runs: int = 0
    failures: int = 0
    written_at: datetime | None = None


class RunLog:
    """What this process has run since it last wrote; a failure is written at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tasks: dict[str, _Unwritten] = defaultdict(_Unwritten)

    def note(self, task: str, *, now: datetime, seconds: float, error: str = "") -> None:
        """One run has ended, well or with this error."""
        with self._lock:
            counts = self._tasks[task]
            counts.runs += 1
            counts.failures += bool(error)
            since = None if counts.written_at is None else now - counts.written_at
            # A clock that was set back is no reason to be silent for as long.
            rests = since is not None and timedelta(0) <= since < REST
            if rests and not error:
                return
            runs, failures = counts.runs, counts.failures
            self._tasks[task] = _Unwritten(written_at=now)
        try:
            _write(task, runs, failures, now=now, seconds=seconds, error=error)
        except (DatabaseError, InterfaceError) as fault:
            log.warning("That %s has run can't be written down: %s", task, fault)


def _write(
    task: str, runs: int, failures: int, *, now: datetime, seconds: float, error: str
) -> None:
    fate = (
        {"failed_at": now, "error": error[:200]}
        if error
        else {"done_at": now, "seconds": round(seconds, 3)}
    )
    known = TaskRun.objects.filter(task=task)
    if not known.update(runs=F("runs") + runs, failures=F("failures") + failures, **fate):
        # Of two that come first at once, one is not counted.
        counts = {"runs": runs, "failures": failures}
        TaskRun.objects.get_or_create(task=task, defaults=counts | fate)


def worker_is_here(name: str, *, started_at: datetime, now: datetime) -> None:
    """One worker says so; those that fell silent long ago are forgotten."""
    try:
        Worker.objects.update_or_create(
            name=name, defaults={"started_at": started_at, "seen_at": now}
        )
        Worker.objects.filter(seen_at__lt=now - GONE_AFTER).delete()
    except (DatabaseError, InterfaceError) as fault:
        log.warning("That this worker is there can't be written down: %s", fault)


def worker_has_gone(name: str) -> None:
    """It stopped because it was told to: nobody needs to look for it."""
    try:
        Worker.objects.filter(name=name).delete()
    except (DatabaseError, InterfaceError) as fault:
        log.warning("That this worker stops can't be written down: %s", fault)
