"""How processing grows with processes on one machine: `make bench ONLY=workers`,
`ARGS="--processes 1 2 4 8"`. The events wait when the clock starts, of several accounts.

With databases in place of processes each has a share of the accounts and one process; on
PostgreSQL each is a server of its own, as it would be on machines of its own.
"""

from __future__ import annotations

import argparse
import gc
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
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
    parser.add_argument("--databases", type=int, nargs="*", default=[2])
    parser.add_argument("--work", action="store_true", help="as the bench calls itself")
    parser.add_argument("--share", type=int, help="of accounts, as the bench calls itself")
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
        accounts = [made_account(CONTACTS) for _ in range(chosen.share or ACCOUNTS)]
        if chosen.share:
            store_all(accounts, chosen.events)
            work()
            return
        rates = {str(n): rate(accounts, n, chosen.events) for n in chosen.processes}
        vendor = connection.vendor
    for n in chosen.databases:
        rates[f"{n} databases, 1 each"] = rate_of_databases(n, vendor, chosen.events)
    first = next(iter(rates.values()))
    rows = [[label, short(each), short(each / first)] for label, each in rates.items()]
    head = ["processes", "events/s", "x the first line"]
    lines = [machine(vendor), "", *table(head, rows)]
    record(f"workers {vendor}", lines)


def store_all(accounts: list[object], events: int) -> None:
    from tests.performance.bench_processing import store_events  # noqa: PLC0415

    for account in accounts:
        store_events(account, CONTACTS, events)


def rate(accounts: list[object], processes: int, events: int) -> float:
    from promoter.lib.scratch import database_url  # noqa: PLC0415
    from segment_ingest.models import SegmentMessage  # noqa: PLC0415

    store_all(accounts, events)
    command = [sys.executable, "-m", __spec__.name, "--work"]
    url = {"DATABASE_URL": database_url()}
    took = seconds([started(command, os.environ | url) for _ in range(processes)])
    if SegmentMessage.objects.filter(verdict="").exists():
        raise RuntimeError("Events still wait.")
    return len(accounts) * events / took


def rate_of_databases(databases: int, vendor: str, events: int) -> float:
    command = [sys.executable, "-m", __spec__.name, "--events", str(events)]
    command += ["--share", str(ACCOUNTS // databases)]
    if vendor == "postgresql":
        command = [sys.executable, "-m", "tests.harness.postgres", "--durable", *command]
    outside = {k: each for k, each in os.environ.items() if k != "DATABASE_URL"}
    took = seconds([started(command, outside) for _ in range(databases)])
    return ACCOUNTS // databases * databases * events / took


def started(command: list[str], env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        env=dict(env) | PRODUCTION,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def seconds(workers: list[subprocess.Popen[bytes]]) -> float:
    """From the word until the last has nothing left; what it tidies up then is no work."""
    for worker in workers:
        hear(worker, "ready")
    begun = time.perf_counter()
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write(b"\n")
        worker.stdin.close()
    for worker in workers:
        hear(worker, "done")
    took = time.perf_counter() - begun
    if sum(worker.wait() for worker in workers):
        raise RuntimeError("A worker failed.")
    return took


def hear(worker: subprocess.Popen[bytes], word: str) -> None:
    assert worker.stdout is not None
    for line in worker.stdout:
        if line.decode().strip() == word:
            return
    raise RuntimeError("A worker failed.")


def work() -> None:
    """Ready, wait for the word, then until nothing is left that nobody else has."""
    from django.db import connection  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from segment_ingest.models import SegmentMessage  # noqa: PLC0415
    from segment_ingest.processing import process_round  # noqa: PLC0415

    connection.ensure_connection()
    # As a worker does at its start.
    gc.freeze()
    print("ready", flush=True)
    sys.stdin.readline()
    while process_round(now=timezone.now()).messages:
        pass
    # Others may still hold the last accounts.
    while SegmentMessage.objects.filter(verdict="").exists():
        if not process_round(now=timezone.now()).messages:
            time.sleep(0.02)
    print("done", flush=True)


if __name__ == "__main__":
    sys.exit(main())
