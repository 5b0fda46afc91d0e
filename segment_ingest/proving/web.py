"""The web server of a proof, as in production and started again when it ends, and the
clients that send to it as Segment's do: until they are answered 200.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from promoter.lib.scratch import database_url
from surveys.proving.crew import Program

LOOPBACK = "127.0.0.1"
START_LIMIT_SECONDS = 60
# Of the kills, those that strike all of it; the others strike one process.
WHOLE_SERVER = 0.3
PATIENCE_SECONDS = 120
PAUSE_SECONDS = 0.05
# What Segment waits for an answer, and then some: a busy machine is no breach.
ANSWER_LIMIT_SECONDS = 30


class Web:
    """granian with two worker processes on a port of its own, on the scratch database.

    Who kills it finds it started again within 0.1 s, as a service manager would.
    """

    def __init__(self, folder: Path, *, pages: bool = False, **environment: str) -> None:
        """`pages`: those for people are asked for too, and need their static files.
        `environment` beside what every process of a proof is told."""
        self.port = _free_port()
        self.starts = 0
        self._log = folder / "web.log"
        self._environment = {
            "DEBUG": "0",
            "SECRET_KEY": settings.SECRET_KEY,
            "ADDRESS_KEY": settings.ADDRESS_KEY,
            "SITE_URL": f"http://{LOOPBACK}:{self.port}",
            "DEFAULT_FROM_EMAIL": settings.DEFAULT_FROM_EMAIL,
            "DATABASE_URL": database_url(),
            # Nobody listens: ingest must not mind.
            "REDIS_URL": "redis://127.0.0.1:1/0",
            "EMAIL_URL": "smtp://127.0.0.1:1",
            "DATA_DIR": str(folder),
            "STATIC_ROOT": str(folder / "static"),
            **environment,
        }
        (folder / "static").mkdir()
        if pages:
            self._collect_static()
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._program = self._start()
        self._keeper = threading.Thread(target=self._keep, daemon=True)

    def __enter__(self) -> Web:
        try:
            self.wait()
        except BaseException:
            self._program.kill()
            raise
        self._keeper.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._keeper.join()
        self._program.kill()

    @property
    def workers(self) -> list[int]:
        """The pids of its worker processes."""
        return [pid for pid in self._program.children if _is_worker(pid)]

    def wait(self) -> None:
        """Until it takes connections. Raises OSError when it doesn't in time."""
        end = time.monotonic() + START_LIMIT_SECONDS
        while True:
            try:
                socket.create_connection((LOOPBACK, self.port), timeout=1).close()
                return
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.02)

    def kill(self, chance: random.Random) -> None:
        """SIGKILL one of its processes or all, whatever they are doing."""
        time.sleep(chance.random() * 0.1)
        with self._lock:
            workers = self.workers
            if workers and chance.random() >= WHOLE_SERVER:
                with suppress(ProcessLookupError):
                    os.kill(chance.choice(workers), signal.SIGKILL)
            else:
                self._program.kill()

    def _start(self) -> Program:
        self.starts += 1
        return Program(
            *(sys.executable, "-m", "granian", "--interface", "wsgi"),
            *("--host", LOOPBACK, "--port", str(self.port)),
            *("--workers", "2", "--blocking-threads", "8", "--respawn-failed-workers"),
            *("--workers-kill-timeout", "2", "--log-level", "error"),
            "promoter.wsgi:application",
            log=self._log,
            environment=self._environment,
        )

    def _collect_static(self) -> None:
        subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"],
            cwd=settings.BASE_DIR,
            env=os.environ | self._environment,
            check=True,
        )

    def _keep(self) -> None:
        while not self._ended.wait(0.1):
            with self._lock:
                if not self._program.alive:
                    # What is left of its processes holds the port.
                    self._program.kill()
                    self._program = self._start()


@dataclass(slots=True)
class Told:
    """What the clients were told: answers by status, and requests without an answer."""

    statuses: Counter[int] = field(default_factory=Counter)
    unanswered: int = 0
    given_up: int = 0
    slowest: float = 0.0

    @property
    def other(self) -> int:
        """Answers that are neither 200 nor 503."""
        known = self.statuses[200] + self.statuses[503]
        return self.statuses.total() - known

    @property
    def figures(self) -> dict[str, object]:
        return {
            "200": self.statuses[200],
            "503": self.statuses[503],
            "unanswered": self.unanswered,
            "other": self.other,
        }

    @property
    def broken(self) -> dict[str, int]:
        return {
            "answers were neither 200 nor 503": self.other,
            "requests were never answered 200": self.given_up,
        }

    def __add__(self, more: Told) -> Told:
        return Told(
            self.statuses + more.statuses,
            self.unanswered + more.unanswered,
            self.given_up + more.given_up,
            max(self.slowest, more.slowest),
        )


class Clients:
    """Threads that send bodies to /v1/batch, each until it is answered 200."""

    def __init__(
        self, web: Web, *, key: str, bodies: Iterable[bytes], threads: int
    ) -> None:
        self._web, self._key = web, key
        self._bodies: Iterator[bytes] = iter(bodies)
        self._lock = threading.Lock()
        self._done = 0
        self._pool = ThreadPoolExecutor(threads)
        self._shares = [self._pool.submit(self._send) for _ in range(threads)]

    @property
    def done(self) -> int:
        """How many bodies were answered 200."""
        return self._done

    def wait(self) -> Told:
        """What all of them were told in the end."""
        with self._pool:
            return sum((share.result() for share in self._shares), Told())

    def wait_for(self, done: int) -> None:
        """Until so many bodies were answered 200, or all clients have ended."""
        while self._done < done and not all(share.done() for share in self._shares):
            time.sleep(0.005)

    def _next(self) -> bytes | None:
        with self._lock:
            return next(self._bodies, None)

    def _send(self) -> Told:
        told = Told()
        line = Line(self._web.port, self._key)
        while (body := self._next()) is not None:
            if self._deliver(line, body, told):
                with self._lock:
                    self._done += 1
            else:
                told.given_up += 1
        line.close()
        return told

    def _deliver(self, line: Line, body: bytes, told: Told) -> bool:
        """Send it until it is taken; False when patience is out."""
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            begin = time.monotonic()
            status = line.post("/v1/batch", body)
            told.slowest = max(told.slowest, time.monotonic() - begin)
            if status is None:
                told.unanswered += 1
            else:
                told.statuses[status] += 1
            if status == 200:
                return True
            time.sleep(PAUSE_SECONDS)
        return False


class Line:
    """One connection that is kept, and opened again when it broke."""

    def __init__(self, port: int, key: str) -> None:
        self._connection = http.client.HTTPConnection(
            LOOPBACK, port, timeout=ANSWER_LIMIT_SECONDS
        )
        self._headers = {"Content-Type": "application/json", "X-Write-Key": key}

    def post(self, path: str, body: bytes, **headers: str) -> int | None:
        """The answer's status; None when there was none."""
        try:
            self._connection.request("POST", path, body, self._headers | headers)
            answer = self._connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            return None
        return answer.status

    def close(self) -> None:
        self._connection.close()


def batch_of(events: list[dict[str, object]]) -> bytes:
    return json.dumps({"batch": events}).encode()


def _is_worker(pid: int) -> bool:
    """multiprocessing's own helper processes are no workers."""
    with suppress(OSError):
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        return b"tracker" not in command
    return False


def _free_port() -> int:
    with socket.create_server((LOOPBACK, 0)) as probe:
        return int(probe.getsockname()[1])
