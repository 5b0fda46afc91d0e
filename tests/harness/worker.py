"""A real Celery worker as a process of its own, on the test's database and broker."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings

from promoter.celery import app
from promoter.lib.scratch import database_url
from tests.harness.processes import Leashed, wait_until


def environment(*, redis_url: str, email_url: str, **more: str) -> dict[str, str]:
    """What a process of ours needs to work on the test's database, broker and mail."""
    return {
        "DATABASE_URL": database_url(),
        "REDIS_URL": redis_url,
        "EMAIL_URL": email_url,
        "DATA_DIR": str(settings.DATA_DIR),
        "LOG_LEVEL": "INFO",
    } | more


class Worker:
    """A Celery worker that has answered a ping."""

    def __init__(
        self,
        *,
        name: str,
        environment: dict[str, str],
        log: Path,
        pool: str = "threads",
        concurrency: int = 2,
        options: Sequence[str] = (),
    ) -> None:
        self.name = f"{name}@localhost"
        self.process = Leashed(
            [
                *(sys.executable, "-m", "celery", "-A", "promoter", "--skip-checks"),
                "worker",
                *("--pool", pool, "--concurrency", str(concurrency)),
                *("--without-gossip", "--without-mingle", "--without-heartbeat"),
                *("--loglevel", "INFO", "--hostname", self.name, *options),
            ],
            log=log,
            environment=environment,
        )
        try:
            wait_until(self._answers, limit=60, what="the Celery worker to answer")
        except BaseException:
            self.process.kill()
            raise

    def busy(self) -> bool:
        """Whether a task is running, or waits to be run."""
        tasks = app.control.inspect(timeout=2, destination=[self.name])
        return any(
            held
            for answer in (tasks.active(), tasks.reserved())
            for held in (answer or {}).values()
        )

    def _answers(self) -> bool:
        assert self.process.alive, self.process.output()
        return bool(app.control.ping(destination=[self.name], timeout=0.5))
