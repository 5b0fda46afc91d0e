"""The processes of a proof: Celery workers that may be killed, two beats, a broker of
their own, and the mail server they talk to. All of them end with this process.
"""

from __future__ import annotations

import ctypes
import os
import random
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import redis
from django.conf import settings

from promoter.lib.scratch import database_url
from promoter.lib.valkey import valkey_program

# Short, so that a proof doesn't wait for dead workers' leases most of the time.
LEASE_SECONDS = 2
SINK_DELAY_SECONDS = 0.005
START_LIMIT_SECONDS = 60
NODES = 2
BEATS = 2
# Of the kills that strike a whole node; the others strike one process of its pool.
WHOLE_NODES = 0.1
LOOPBACK = "127.0.0.1"
PR_SET_PDEATHSIG = 1

CELERY = (sys.executable, "-m", "celery", "-A", "promoter", "--skip-checks")
QUIETLY = ("--without-gossip", "--without-mingle", "--without-heartbeat")


class Program:
    """One command, in a process group of its own."""

    def __init__(self, *command: str, log: Path, environment: dict[str, str]) -> None:
        with log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - our own commands
                command,
                cwd=settings.BASE_DIR,
                env=os.environ | environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=_end_with_parent,
            )

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def children(self) -> list[int]:
        """The pids of a worker's pool; none before it has started them."""
        pid = self._process.pid
        with suppress(OSError):
            return [int(child) for child in _children_file(pid).read_text().split()]
        return []

    def kill(self) -> None:
        """SIGKILL, the whole group, and wait for the end."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


class Crew:
    """Workers in two Celery nodes and two beats; what dies is started again."""

    def __init__(self, workers: int, *, folder: Path) -> None:
        """`workers` processes that deliver, evenly over the nodes; logs in the folder."""
        self.record = folder / "sink.tsv"
        self.record.touch()
        self.workers = workers
        self._folder = folder
        self._broker_port, self._smtp_port = _free_port(), _free_port()
        self._stopped: dict[int, float] = {}
        self._programs: dict[str, Program] = {}
        self._nodes = [f"node{number}" for number in range(NODES)]
        self._beats = [f"beat{number}" for number in range(BEATS)]

    def __enter__(self) -> Crew:
        try:
            self._start("valkey")
            self._start("sink")
            _wait_for_port(self._broker_port)
            _wait_for_port(self._smtp_port)
            for name in (*self._nodes, *self._beats):
                self._start(name)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for program in reversed(self._programs.values()):
            program.kill()

    def kill(self, chance: random.Random) -> None:
        """SIGKILL one, at a moment that has nothing to do with what it is doing."""
        time.sleep(chance.random() * 0.02)
        node = chance.choice(self._nodes)
        if chance.random() < WHOLE_NODES:
            self._start(node)
        else:
            _send(self._one_of_the_pool(chance), signal.SIGKILL)

    def stop(self, chance: random.Random) -> None:
        """SIGSTOP one until its lease is long over: it wakes as one who lost its rows."""
        time.sleep(chance.random() * 0.02)
        # At least one keeps working, or the mails that the next accident waits for
        # would not come.
        if len(self._stopped) < self.workers - 1:
            pid = self._one_of_the_pool(chance)
            _send(pid, signal.SIGSTOP)
            self._stopped.setdefault(pid, time.monotonic())

    def flush(self) -> None:
        """The broker forgets everything it had to say."""
        with redis.Redis(LOOPBACK, self._broker_port) as broker:
            broker.flushall()

    @property
    def redis_url(self) -> str:
        """The broker's address, for who else works with these."""
        return f"redis://{LOOPBACK}:{self._broker_port}/0"

    def lose_broker(self) -> None:
        """SIGKILL it, until the next `wake`."""
        self._programs["valkey"].kill()

    def wake(self) -> bool:
        """SIGCONT those whose sleep is over, restart what has ended. Whether all are up."""
        for pid, since in list(self._stopped.items()):
            if time.monotonic() - since > LEASE_SECONDS * 1.5:
                if pid in self._pool:
                    _send(pid, signal.SIGCONT)
                del self._stopped[pid]
        for name, program in list(self._programs.items()):
            if not program.alive:
                self._start(name)
        return not self._stopped

    @property
    def _pool(self) -> list[int]:
        return [pid for node in self._nodes for pid in self._programs[node].children]

    def _one_of_the_pool(self, chance: random.Random) -> int:
        """Any process that may have a mail in its hands."""
        end = time.monotonic() + START_LIMIT_SECONDS
        while not (pool := self._pool):
            if time.monotonic() > end:
                raise TimeoutError(f"No worker starts; see {self._folder}.")
            time.sleep(0.05)
        return chance.choice(pool)

    def _start(self, name: str) -> None:
        """Start it; the one that runs under this name is killed before."""
        if name in self._programs:
            self._programs[name].kill()
        self._programs[name] = Program(
            *self._command(name),
            log=self._folder / f"{name}.log",
            environment=self._environment(),
        )

    def _command(self, name: str) -> tuple[str, ...]:
        if name == "valkey":
            program = valkey_program() or "valkey-server"
            forgetful = ("--save", "", "--appendonly", "no", "--dir", str(self._folder))
            return (
                *(str(program), "--bind", LOOPBACK, "--port", str(self._broker_port)),
                *forgetful,
            )
        if name == "sink":
            return (
                *(sys.executable, "-m", "promoter.lib.smtp_sink", str(self._smtp_port)),
                *(str(self.record), str(SINK_DELAY_SECONDS)),
            )
        if name in self._beats:
            return (*CELERY, "beat", "--pidfile=")
        size = str(-(-self.workers // NODES))
        return (
            *(*CELERY, "worker", "--pool", "prefork", "--concurrency", size),
            *(*QUIETLY, "--hostname", f"{name}@localhost"),
        )

    def _environment(self) -> dict[str, str]:
        return {
            "DATABASE_URL": database_url(),
            "REDIS_URL": self.redis_url,
            "EMAIL_URL": f"smtp://{LOOPBACK}:{self._smtp_port}",
            "DELIVERY_LEASE_SECONDS": str(LEASE_SECONDS),
        }


def _children_file(pid: int) -> Path:
    return Path(f"/proc/{pid}/task/{pid}/children")


def _end_with_parent() -> None:
    # Linux only, as all of this is: who else is killed leaves its children to be stopped.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _send(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _free_port() -> int:
    with socket.create_server((LOOPBACK, 0)) as probe:
        return int(probe.getsockname()[1])


def _wait_for_port(port: int) -> None:
    end = time.monotonic() + START_LIMIT_SECONDS
    while True:
        try:
            socket.create_connection((LOOPBACK, port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)
