"""Tell the workers that something waits, without making anybody wait for the broker.

A thread of its own publishes the task, at most once in 50 ms: a thousand requests a
second are twenty rings. The request only sets a flag, so a broker that is down or hangs
costs it nothing; a lost ring costs seconds, because the periodic task finds the rows.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable

from celery import current_app

log = logging.getLogger(__name__)
REST_SECONDS = 0.05
SECONDS_BETWEEN_COMPLAINTS = 60.0
# A ring that nobody answered by then is worth nothing: the periodic task came first.
EXPIRES_SECONDS = 10


def publish(task: str) -> None:
    """Ask for one run of the task, now. Raises what the broker's client raises."""
    current_app.send_task(task, expires=EXPIRES_SECONDS, retry=False, ignore_result=True)


class Doorbell:
    """Rings one task; `ring` never blocks and never raises."""

    def __init__(self, task: str, *, publish: Callable[[str], None] = publish) -> None:
        self.task = task
        self._publish = publish
        self._wanted = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._pid = 0
        self._complained = float("-inf")

    def ring(self) -> None:
        """Have the task run soon. Rings close together become one."""
        self._wanted.set()
        if self._thread is None or self._pid != os.getpid():
            self._start()

    def _start(self) -> None:
        """Threads don't survive a fork: servers fork after import, so each process starts
        its own at its first ring."""
        if self._pid != os.getpid():
            # A lock copied while held would never be released here.
            self._lock = threading.Lock()
        with self._lock:
            if self._thread is not None and self._pid == os.getpid():
                return
            self._pid = os.getpid()
            self._thread = threading.Thread(
                target=self._run, name=f"doorbell {self.task}", daemon=True
            )
            self._thread.start()

    def _run(self) -> None:
        while True:
            self._wanted.wait()
            self._wanted.clear()
            try:
                self._publish(self.task)
            except Exception as error:  # whatever a broker's client may raise
                self._complain(error)
            time.sleep(REST_SECONDS)

    def _complain(self, error: Exception) -> None:
        if time.monotonic() - self._complained >= SECONDS_BETWEEN_COMPLAINTS:
            self._complained = time.monotonic()
            log.warning("The broker is away; periodic runs go on. %s", error)
