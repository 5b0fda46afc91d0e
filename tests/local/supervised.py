"""`make run` without make and pip: the real supervisor with this suite's Python."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.harness.processes import REPOSITORY, free_port, wait_until

# A start takes 3 s alone; the suite shares the machine with itself and with whoever else.
START_LIMIT = 240
LABELS = ("Open     ", "Sign in  ", "Mail     ", "Segment API key  ")


class Supervised:
    """One supervisor, its data and its address. It stops when the test process dies."""

    def __init__(
        self, data_dir: Path, *, port: int | None = None, under: tuple[str, ...] = ()
    ) -> None:
        """`under` is a command that runs the one which follows it, as make does."""
        self.data_dir = data_dir
        self.port = port or free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.output_file = data_dir.with_name(f"{data_dir.name}.{self.port}.out")
        environment = {
            name: value
            for name, value in os.environ.items()
            if name not in {"DEBUG", "REDIS_URL", "EMAIL_URL"}
        }
        with self.output_file.open("wb") as output:
            self.process = subprocess.Popen(
                [*under, sys.executable, "-m", "promoter.local.run"],
                cwd=REPOSITORY,
                env=environment | {"DATA_DIR": str(data_dir), "PORT": str(self.port)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        return self.output_file.read_text(errors="replace")

    def wait_until_ready(self) -> None:
        wait_until(
            lambda: "Segment API key" in self.output or self.process.poll() is not None,
            START_LIMIT,
            what="the supervisor's lines",
        )
        assert self.process.poll() is None, self.output

    def said(self, label: str) -> str:
        """What stands behind the label, on the one line that begins with it."""
        (line,) = (line for line in self.output.splitlines() if line.startswith(label))
        return line.removeprefix(label)

    def descendants(self) -> set[int]:
        return descendants(self.process.pid)

    def end(self, number: int = signal.SIGTERM, limit: float = 60) -> int:
        """Signal the supervisor alone and wait for it; its exit code."""
        self.process.send_signal(number)
        try:
            return self.process.wait(limit)
        finally:
            self.process.kill()


def process_table() -> list[tuple[int, int, str, str]]:
    """pid, parent's pid, state, command of everything that runs."""
    listed = subprocess.run(
        ["ps", "-Aww", "-o", "pid=,ppid=,stat=,args="],
        check=True,
        capture_output=True,
        text=True,
    )
    rows = (line.split(None, 3) for line in listed.stdout.splitlines())
    return [(int(row[0]), int(row[1]), row[2], row[3]) for row in rows if len(row) == 4]


def descendants(pid: int) -> set[int]:
    found, table = {pid}, process_table()
    while more := {row[0] for row in table if row[1] in found} - found:
        found |= more
    return found - {pid}


def living(pids: set[int]) -> set[int]:
    """Those that run; a zombie only waits for somebody to read its exit code."""
    return {pid for pid, _, state, _ in process_table() if not state.startswith("Z")} & pids
