"""One child process of `make run`: its start, its output, its end."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from promoter.local.logs import Log

# Told to the guardian by the child itself, before it becomes the program: however early
# the supervisor is killed, no child is unknown. Standard input is the guardian's pipe.
ANNOUNCE = 'echo "+$$" >&0 && exec "$@" </dev/null'
BACK_OFF_SECONDS = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
# Who lived this long has recovered; the next end counts as the first.
HEALTHY_SECONDS = 30.0


@dataclass(frozen=True)
class Program:
    """What a child runs. `ready` is found in the line that says it has begun its work."""

    name: str
    command: tuple[str, ...]
    ready: re.Pattern[bytes] | None = None
    descriptors: tuple[int, ...] = ()
    cwd: Path | None = None


class Guardian:
    """The process that outlives us just long enough to end our children."""

    def __init__(self, *, holding: int) -> None:
        """`holding` is the lock's descriptor: the directory is free when all have ended."""
        reading, self.pipe = os.pipe()
        self.process = subprocess.Popen(  # noqa: S603 - our own file, nothing from outside
            [sys.executable, "-I", "-S", str(Path(__file__).with_name("guardian.py"))],
            stdin=reading,
            pass_fds=(holding,),
            start_new_session=True,
        )
        os.close(reading)

    def over(self, group: int) -> None:
        with contextlib.suppress(BrokenPipeError):
            os.write(self.pipe, f"-{group}\n".encode())

    def dismiss(self) -> None:
        """To be called when no child is left."""
        os.close(self.pipe)
        self.process.wait()


class Child:
    """One program, started again after each unexpected end."""

    def __init__(self, program: Program, *, log_dir: Path) -> None:
        self.name = program.name
        self.program = program
        self.log = Log(log_dir / f"{program.name}.log")
        self.process: subprocess.Popen[bytes] | None = None
        self.ready = False
        self.start_at: float | None = None
        self._started_at = 0.0
        self.failures = 0

    def start(self, guardian: Guardian, environment: dict[str, str], *, now: float) -> int:
        """Start the program in a process group of its own; the answer is its output."""
        self.ready, self.start_at, self._started_at = False, None, now
        self.process = subprocess.Popen(  # noqa: S603 - commands from programs.py
            ["/bin/sh", "-c", ANNOUNCE, "sh", *self.program.command],
            stdin=guardian.pipe,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=self.program.descriptors,
            process_group=0,
            env=environment,
            cwd=self.program.cwd,
        )
        output = self.output
        os.set_blocking(output, False)
        return output

    @property
    def output(self) -> int:
        assert self.process is not None and self.process.stdout is not None  # noqa: S101
        return self.process.stdout.fileno()

    def read(self, *, quiet: bool) -> int | None:
        """Take what it wrote; errors are shown unless `quiet`.

        The answer is how many bytes; 0 at the end, None when nothing waits.
        """
        try:
            output = os.read(self.output, 65_536)
        except BlockingIOError:
            return None
        lines = self.log.feed(output)
        ready = self.program.ready
        self.ready = self.ready or bool(ready and any(map(ready.search, lines)))
        if not quiet:
            self.log.show_errors(self.name, lines, now=time.monotonic())
        return len(output)

    def signal(self, number: int, *, group: bool = False) -> None:
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if group:
                os.killpg(self.process.pid, number)
            else:
                self.process.send_signal(number)

    def bury(self, guardian: Guardian, *, quiet: bool) -> None:
        """After its end: what it left behind ends too, its last words are read."""
        assert self.process is not None and self.process.stdout is not None  # noqa: S101
        self.signal(signal.SIGKILL, group=True)
        guardian.over(self.process.pid)
        while self.read(quiet=quiet):
            pass
        self.process.stdout.close()
        self.process = None

    def plan_restart(self, *, now: float) -> float:
        """Set when to start again; the answer is in how many seconds."""
        if now - self._started_at >= HEALTHY_SECONDS:
            self.failures = 0
        pause = BACK_OFF_SECONDS[min(self.failures, len(BACK_OFF_SECONDS) - 1)]
        self.failures += 1
        self.start_at = now + pause
        return pause
