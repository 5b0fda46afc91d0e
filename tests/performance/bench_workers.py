"""How processing grows with processes on one machine: `make bench ONLY=workers`,
`ARGS="--processes 1 2 4 8"`. The events wait when the clock starts, of several accounts.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import django

from tests.performance.bench_ingest import data_folder
from tests.performance.installation import PRODUCTION
from tests.performance.tables import machine, record, short, table

ACCOUNTS = 8
CONTACTS = 1_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--events", type=int, default=1_000, help="of each account")
    parser.add_argument("--work", action="store_true", help="as the bench calls itself")
    chosen = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "promoter.settings"
    # Nobody usually asks anybody here, and a campaign must not pause itself for it.
    os.environ["SURVEY_BURST_FACTOR"] = "0"
    django.setup()
    # What follows needs the apps to be there.
    from django.conf import settings  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    from promoter.lib.scratch import keep_every_commit, scratch_database  # noqa: PLC0415
    from tests.performance.bench_processing import made_account  # noqa: PLC0415

    # As in production: no record of queries is kept.
    settings.DEBUG = False
    if chosen.work:
        work()
        return
    with (
        tempfile.TemporaryDirectory(prefix="bench-", dir=data_folder()) as folder,
        scratch_database(Path(folder)),
    ):
        if connection.vendor == "postgresql":
            keep_every_commit()
        accounts = [made_account(CONTACTS) for _ in range(ACCOUNTS)]
        rates = {n: rate(accounts, n, chosen.events) for n in chosen.processes}
    first = rates[chosen.processes[0]]
    rows = [[str(n), short(each), short(each / first)] for n, each in rates.items()]
    head = ["processes", "events/s", "x the first line"]
    lines = [machine(connection.vendor), "", *table(head, rows)]
    record(f"workers {connection.vendor}", lines)


def rate(accounts: list[object], processes: int, events: int) -> float:
    from promoter.lib.scratch import database_url  # noqa: PLC0415
    from segment_ingest.models import SegmentMessage  # noqa: PLC0415
    from tests.performance.bench_processing import store_events  # noqa: PLC0415

    for account in accounts:
        store_events(account, CONTACTS, events)
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", __spec__.name, "--work"],
            env=os.environ | {"DATABASE_URL": database_url(), "DEBUG": "0"} | PRODUCTION,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for _ in range(processes)
    ]
    for worker in workers:
        assert worker.stdout is not None
        worker.stdout.readline()
    begun = time.perf_counter()
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write(b"\n")
        worker.stdin.close()
    if sum(worker.wait() for worker in workers):
        raise RuntimeError("A worker failed.")
    took = time.perf_counter() - begun
    if SegmentMessage.objects.filter(verdict="").exists():
        raise RuntimeError("Events still wait.")
    return len(accounts) * events / took


def work() -> None:
    """Ready, wait for the word, then until nothing is left that nobody else has."""
    from django.db import connection  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from segment_ingest.models import SegmentMessage  # noqa: PLC0415
    from segment_ingest.processing import process_round  # noqa: PLC0415

    connection.ensure_connection()
    print("ready", flush=True)
    sys.stdin.readline()
    while process_round(now=timezone.now()).messages:
        pass
    # Others may still hold the last accounts.
    while SegmentMessage.objects.filter(verdict="").exists():
        if not process_round(now=timezone.now()).messages:
            time.sleep(0.02)


if __name__ == "__main__":
    sys.exit(main())
