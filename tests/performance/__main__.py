"""Every bench on both databases, one after another: `make bench`, `make bench ONLY=ingest`.

All of them together take less than an hour: each has minutes that it may take, and none
begins that can't end in time. One that fails or is broken off ends no other, and is named
at the end; the next `make bench` does what was not done, `AGAIN=1` all of it anew.
One that is asked for by name may take as long as it likes.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

from tests.performance.bench_ingest import data_folder
from tests.performance.summary import summarize

# In the order of the claims, the longest last: minutes that each may take on a database.
MINUTES = {
    "ingest": 5,
    "slow_disk": 3,
    "processing": 3,
    "end_to_end": 5,
    "pages": 3,
    "sending": 4,
    "workers": 2,
    "servers": 3,
    "contacts": 6,
    "growth": 6,
    "reports": 8,
}
DATABASES = ("SQLite", "PostgreSQL")
WHOLE_MINUTES = 58
# From the interrupt until what was started is ended and its files are gone.
FAREWELL_SECONDS = 30
# What another day has measured is not of this run.
FORGET_SECONDS = 12 * 3_600


def main(arguments: list[str]) -> int:
    name, more = "", arguments
    if arguments and not arguments[0].startswith("-"):
        name, *more = arguments
        if name not in MINUTES:
            sys.exit(f"There is no bench {name}, but these: {', '.join(MINUTES)}.")
    elif arguments not in ([], ["--again"]):
        sys.exit("What is told to a bench needs to say which: ONLY=ingest, for instance.")
    # What was started is ended however this ends.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    if name:
        failed = [
            f"{name} on {database} ({reason})"
            for database in DATABASES
            if (reason := measured(name, database, more, None))
        ]
    else:
        failed = all_of_them(is_anew=bool(arguments))
    summarize()
    if failed:
        print(f"\nNot measured: {', '.join(failed)}.", flush=True)
    return 1 if failed else 0


def all_of_them(*, is_anew: bool) -> list[str]:
    """What is left undone, in words."""
    note = data_folder() / "benches-done"
    if is_anew or (note.exists() and time.time() - note.stat().st_mtime > FORGET_SECONDS):
        note.unlink(missing_ok=True)
    done = set(note.read_text().splitlines()) if note.exists() else set()
    end = time.monotonic() + 60 * WHOLE_MINUTES
    failed = []
    for name, minutes in MINUTES.items():
        for database in DATABASES:
            step = f"{name} on {database}"
            if step in done:
                print(f"== {step}: done before", flush=True)
                continue
            seconds = min(60 * minutes, end - time.monotonic())
            reason = measured(name, database, [], seconds)
            if reason:
                failed.append(f"{step} ({reason})")
                continue
            with note.open("a") as file:
                file.write(f"{step}\n")
    if not failed:
        note.unlink(missing_ok=True)
    return failed


def measured(name: str, database: str, more: list[str], seconds: float | None) -> str:
    """Why it was not measured: "" when it was."""
    if seconds is not None and seconds < 60:
        return "no time left"
    print(f"== {name} on {database}, {time.strftime('%H:%M')}", flush=True)
    command = [sys.executable, "-m", f"tests.performance.bench_{name}", *more]
    if database == "PostgreSQL":
        disk = "--slow-disk" if name == "slow_disk" else "--durable"
        command = [sys.executable, "-m", "tests.harness.postgres", disk, *command]
    # Nobody's terminal: all that it starts is in this group, and is interrupted together.
    process = subprocess.Popen(command, start_new_session=True)
    try:
        code = process.wait(seconds)
        return f"ended with {code}" if code else ""
    except subprocess.TimeoutExpired:
        return f"not done in {seconds / 60:.0f} minutes"
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(FAREWELL_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
