"""Where the time goes on the three paths that are furthest from what was wanted:
`make profile`, on PostgreSQL; `ONLY=processing` is one of them.

py-spy looks a hundred times a second, from outside, at what each thread is doing; what it
saw becomes docs/profiles/NAME.txt.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.harness.web import WebServer
from tests.performance.bench_ingest import UNLIMITED, Cases, made_key, prepared
from tests.performance.installation import PRODUCTION
from tests.performance.load import Load
from tests.performance.seen import lines_of, read
from tests.performance.tables import DOCUMENT, machine

FOLDER = DOCUMENT.parent / "profiles"
SECONDS, WARM_UP_SECONDS = 10, 5
PEOPLE, EVENTS = 1_000, 3_000
WORKING = "threads at work; who waits, for the database for instance, isn't counted"
WAITING = "the one thread, while it waits for the database, too"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="*", help=", ".join(PATHS))
    parser.add_argument("--seconds", type=int, default=SECONDS)
    chosen = parser.parse_args()
    # Nobody usually asks anybody here, and a campaign must not pause itself for it.
    os.environ["SURVEY_BURST_FACTOR"] = "0"
    FOLDER.mkdir(exist_ok=True)
    with prepared(chosen.seconds, None) as cases:
        from django.conf import settings  # noqa: PLC0415

        # As in production: no record of queries is kept.
        settings.DEBUG = False
        for name in chosen.only or PATHS:
            print(f"{name} ...", flush=True)
            head, lines = PATHS[name](cases)
            text = "\n".join([head, machine(cases.vendor), "", *lines, ""])
            (FOLDER / f"{name}.txt").write_text(text)
            print(text, flush=True)


def survey_page(cases: Cases) -> tuple[str, list[str]]:
    from tests.performance.bench_pages import survey_addresses  # noqa: PLC0415

    paths = survey_addresses()
    with served(cases) as server:
        load = Load(f"http://127.0.0.1:{server.port}{paths[0]}", paths=paths)
        load.send(WARM_UP_SECONDS)
        with watched(cases, server.process.pid, "--subprocesses") as found:
            load.send(cases.seconds + 1)
    return f"The survey page, opened by 16 clients: {WORKING}.", lines_of(read(found))


def one_event(cases: Cases) -> tuple[str, list[str]]:
    key = made_key(UNLIMITED)
    with served(cases) as server:
        load = Load(
            f"http://127.0.0.1:{server.port}/v1/track", [key], timestamp=cases.timestamp
        )
        load.send(WARM_UP_SECONDS)
        with watched(cases, server.process.pid, "--subprocesses") as found:
            load.send(cases.seconds + 1)
    head = f"One event a request, one hot account, 16 clients: {WORKING}."
    return head, lines_of(read(found))


def processing(cases: Cases) -> tuple[str, list[str]]:
    from django.utils import timezone  # noqa: PLC0415

    from segment_ingest.processing import process_account  # noqa: PLC0415
    from tests.performance.bench_processing import (  # noqa: PLC0415
        made_account,
        store_events,
    )

    account = made_account(PEOPLE)

    def work(events: int) -> None:
        store_events(account, PEOPLE, events)
        while process_account(account_id=account.pk, now=timezone.now()).messages:
            pass

    work(EVENTS)
    for _ in range(int(cases.seconds)):
        store_events(account, PEOPLE, EVENTS)
    with watched(cases, os.getpid(), "--idle") as found:
        while process_account(account_id=account.pk, now=timezone.now()).messages:
            pass
    head = f"Working events off, {PEOPLE:,} contacts: {WAITING}."
    return head, lines_of(read(found, below="process_account"))


PATHS = {"survey_page": survey_page, "one_event": one_event, "processing": processing}


@contextmanager
def served(cases: Cases) -> Iterator[WebServer]:
    """Ours, as in production."""
    from promoter.lib.scratch import database_url  # noqa: PLC0415

    told = PRODUCTION | {
        "REDIS_URL": cases.broker,
        "DATABASE_URL": database_url(),
        "DATA_DIR": str(cases.folder),
    }
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "-v", "0"]
    subprocess.run(collect, env=os.environ | told, check=True)
    server = WebServer(cases.folder / "web.log", told, options=cases.server)
    try:
        yield server
    finally:
        server.process.kill()


@contextmanager
def watched(cases: Cases, pid: int, *options: str) -> Iterator[Path]:
    """The file has what was seen of the process, once what is watched is done."""
    program = Path(os.environ["PEERS"]) / "bin" / "py-spy"
    if not program.exists():
        sys.exit("Who would look, py-spy, could not be installed.")
    file = cases.folder / "seen.raw"
    spy = subprocess.Popen(
        [
            *(program, "record", "--format", "raw", "--nonblocking", *options),
            *("--rate", "100", "--duration", str(int(cases.seconds))),
            *("--pid", str(pid), "--output", file),
        ],
        stdout=subprocess.DEVNULL,
    )
    try:
        yield file
    finally:
        code = spy.wait()
    if code:
        sys.exit(f"py-spy ended with {code}; it needs the right to look at processes.")


if __name__ == "__main__":
    sys.exit(main())
