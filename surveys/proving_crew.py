"""The processes of a proof: workers that may be killed, and the mail server they talk to.

All are forks of this process and end with it.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import random
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connections

from promoter.lib import smtp_sink
from surveys.claiming import sweep_expired
from surveys.delivery import Clock, deliver_due
from surveys.transport import connection

# Short, so that a proof doesn't wait for dead workers' leases most of the time.
LEASE_SECONDS = 2
SINK_DELAY_SECONDS = 0.005

_fork = multiprocessing.get_context("fork")


class Crew:
    """Worker processes; one that dies is replaced."""

    def __init__(self, number: int, *, clock: Clock) -> None:
        self._number = number
        self._clock = clock
        self._workers: list[BaseProcess] = []
        self._stopped: dict[int, float] = {}

    def __enter__(self) -> Crew:
        self._workers = [_spawn(self._clock) for _ in range(self._number)]
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.kill()
            worker.join()

    def kill(self, chance: random.Random) -> None:
        """SIGKILL one, at a moment that has nothing to do with what it is doing."""
        time.sleep(chance.random() * 0.02)
        place = chance.randrange(self._number)
        self._workers[place].kill()
        self._workers[place].join()
        self._workers[place] = _spawn(self._clock)

    def stop(self, chance: random.Random) -> None:
        """SIGSTOP one until its lease is long over: it wakes as one who lost its rows."""
        time.sleep(chance.random() * 0.02)
        pid = chance.choice(self._workers).pid
        # At least one keeps working, or the mails that the next accident waits for
        # would not come.
        if pid is not None and len(self._stopped) < self._number - 1:
            os.kill(pid, signal.SIGSTOP)
            self._stopped[pid] = time.monotonic()

    def wake(self) -> bool:
        """SIGCONT those whose sleep is over. Whether all are awake."""
        for pid, since in list(self._stopped.items()):
            if time.monotonic() - since > LEASE_SECONDS * 1.5:
                if any(worker.pid == pid for worker in self._workers):
                    os.kill(pid, signal.SIGCONT)
                del self._stopped[pid]
        return not self._stopped


def _spawn(clock: Clock) -> BaseProcess:
    # A fork must not share a connection: what one says the other would read.
    connections.close_all()
    worker = _fork.Process(target=_work, args=(os.getpid(), clock), daemon=True)
    worker.start()
    return worker


def _work(parent: int, clock: Clock) -> None:
    """Deliver and sweep until killed, as tasks on a timer do."""
    with connection() as transport:
        while os.getppid() == parent:
            try:
                sweep_expired(now=clock())
                deliver_due(clock=clock, transport=transport, limit=timedelta(seconds=1))
            except DatabaseError:
                # A stopped worker's locks can outlast our patience; the next tick comes.
                connections.close_all()
            time.sleep(0.02)


@contextmanager
def mail_server(record: Path) -> Iterator[None]:
    """A counting server in a fork; mail goes there from now on."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=100)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = listener.getsockname()
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    connections.close_all()
    server = _fork.Process(target=_serve, args=(listener, record, os.getpid()), daemon=True)
    server.start()
    listener.close()
    try:
        yield
    finally:
        server.kill()
        server.join()


def _serve(listener: socket.socket, record: Path, parent: int) -> None:
    async def until_orphaned() -> None:
        sink = asyncio.create_task(
            smtp_sink.run(listener=listener, path=record, delay=SINK_DELAY_SECONDS)
        )
        while os.getppid() == parent:
            await asyncio.sleep(0.5)
        sink.cancel()

    asyncio.run(until_orphaned())
