"""A real Celery worker as a process of its own, on the test's database and broker."""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from promoter.celery import app
from tests.harness.processes import Leashed, wait_until


def database_url() -> str:
    """The test database's address, as another process must be told it."""
    values = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{Path(values['NAME']).resolve()}"
    user = quote(values["USER"], safe="")
    password = f":{quote(values['PASSWORD'], safe='')}" if values["PASSWORD"] else ""
    # The suite's own server listens on a socket, whose folder came as ?host= and stands
    # among the options.
    folder = values["OPTIONS"].get("host", "")
    host = "" if folder else quote(values["HOST"] or "localhost", safe="")
    port = f":{values['PORT']}" if values["PORT"] else ""
    query = f"?host={quote(folder, safe='')}" if folder else ""
    name = quote(values["NAME"], safe="")
    return f"postgresql://{user}{password}@{host}{port}/{name}{query}"


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
    ) -> None:
        self.name = f"{name}@localhost"
        self.process = Leashed(
            [
                *(sys.executable, "-m", "celery", "-A", "promoter", "worker"),
                *("--pool", pool, "--concurrency", str(concurrency)),
                *("--without-gossip", "--without-mingle", "--without-heartbeat"),
                *("--loglevel", "INFO", "--hostname", self.name),
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
