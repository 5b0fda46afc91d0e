"""Processes of a test, and waiting for what they do."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

REPOSITORY = Path(__file__).resolve().parents[2]

Seen = TypeVar("Seen")


def wait_until(
    condition: Callable[[], Seen], limit: float = 30, *, what: str = "", every: float = 0.02
) -> Seen:
    """The condition's first true answer; fails the test after `limit` seconds."""
    end = time.monotonic() + limit
    while True:
        seen = condition()
        if seen:
            return seen
        if time.monotonic() > end:
            raise AssertionError(f"waited {limit} s for {what or condition}, in vain")
        time.sleep(every)


def free_port() -> int:
    """A port of loopback that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Leashed:
    """A command in a process group of its own that can't outlive the test process."""

    def __init__(
        self, command: list[str], *, log: Path, environment: dict[str, str] | None = None
    ) -> None:
        self.log = log
        with log.open("ab") as output:
            self._leash = subprocess.Popen(
                [sys.executable, "-m", "tests.harness.leash", *command],
                cwd=REPOSITORY,
                env=os.environ | (environment or {}),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
            )
        assert self._leash.stdout is not None
        self.pid = int(self._leash.stdout.readline() or 0)
        assert self.pid, self.output()

    @property
    def alive(self) -> bool:
        return self._leash.poll() is None

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def signal(self, number: int) -> None:
        """Send the signal to the process and all its children."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def kill(self) -> None:
        """SIGKILL, children too, and wait for the end."""
        self.signal(signal.SIGKILL)
        self._close()

    def stop(self, limit: float = 15) -> int:
        """SIGTERM and wait; SIGKILL after `limit` seconds. The exit code."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._leash.wait(limit)
        self.signal(signal.SIGKILL)
        return self._close()

    def _close(self) -> int:
        assert self._leash.stdin is not None
        assert self._leash.stdout is not None
        self._leash.stdin.close()
        self._leash.stdout.close()
        return self._leash.wait(10)
