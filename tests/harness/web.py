"""Granian with our application, as in production, on a port of loopback."""

from __future__ import annotations

import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.harness.processes import Leashed, free_port, wait_until


class WebServer:
    """A server that takes connections; `environment` says which database it is on."""

    def __init__(
        self,
        log: Path,
        environment: dict[str, str] | None = None,
        *,
        options: Sequence[str] = ("--workers", "1"),
        application: str = "promoter.wsgi:application",
    ) -> None:
        self.port = free_port()
        self.process = Leashed(
            [
                *(sys.executable, "-m", "granian", "--interface", "wsgi", *options),
                *("--host", "127.0.0.1", "--port", str(self.port)),
                application,
            ],
            log=log,
            environment=environment,
        )
        try:
            wait_until(self._answers, limit=30, what="granian")
        except BaseException:
            self.process.kill()
            raise

    def _answers(self) -> bool:
        assert self.process.alive, self.process.output()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0
