"""How many events a second are accepted and made into contacts and surveys: `make bench
ONLY=end_to_end`, `ARGS="--seconds 10 --concurrency 4 --web 2"` for more of it.

Ours: the front door, its doorbell, and a worker with `process_inbox`. Beside it, in turns,
on the same database, server and broker: a DRF view with SELECT FOR UPDATE on the quota and
a Celery task for each event, with a worker of its own. Half of the events are identifies
of new people, half are what these did, and each of those becomes a survey. The clock runs
from the first request until nothing waits.
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django

from tests.harness.web import WebServer
from tests.performance.bench_ingest import SERVER, UNLIMITED, data_folder
from tests.performance.installation import PRODUCTION
from tests.performance.load import PAIR, Load
from tests.performance.tables import machine, record, short, spread, table

ACCOUNTS = 10
BELL_SECONDS = 1.0
PATIENCE_SECONDS = 300


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--concurrency", type=int, default=2, help="of each worker")
    parser.add_argument("--web", type=int, help="processes of each web server")
    chosen = parser.parse_args()
    # What was started is ended however this ends.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    os.environ["DJANGO_SETTINGS_MODULE"] = "promoter.settings"
    django.setup()
    # What follows needs the apps to be there.
    from django.db import connection  # noqa: PLC0415

    from promoter.lib.scratch import keep_every_commit, scratch_database  # noqa: PLC0415
    from tests.harness.valkey import Valkey  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="bench-", dir=data_folder()) as name:
        valkey = Valkey(Path(name) / "valkey.log")
        try:
            with scratch_database(Path(name)):
                if connection.vendor == "postgresql":
                    keep_every_commit()
                Bench(Path(name), valkey, chosen).run()
        finally:
            valkey.stop()


@dataclass(frozen=True, slots=True)
class Case:
    """`path` says whose it is: the peer has one."""

    name: str
    path: str
    clients: int
    events: int


SINGLE, BATCH, PLAIN_SINGLE, PLAIN_BATCH = (
    Case("Promoter, one event a request", "/v1/batch", 16, 1),
    Case("Promoter, batches of 100", "/v1/batch", 16, 100),
    Case("a task an event, one event a request", "/task", 16, 1),
    # Few clients with small batches: it is that slow.
    Case("a task an event, batches of 10", "/task", 4, 10),
)
BESIDE = {SINGLE: PLAIN_SINGLE, BATCH: PLAIN_BATCH}
CASES = (PLAIN_SINGLE, PLAIN_BATCH, SINGLE, BATCH)


@dataclass(frozen=True, slots=True)
class Figures:
    """Events a second until nothing waited, accepted a second, and how many waited when the
    clients left, in events and in seconds until there were none."""

    rate: float
    accepted: float
    backlog: int
    late: float


class Bench:
    """Two servers, each with a worker and a broker's database of its own."""

    def __init__(self, folder: Path, valkey: Any, chosen: argparse.Namespace) -> None:
        from django.db import connection  # noqa: PLC0415

        self.folder, self.valkey, self.chosen = folder, valkey, chosen
        self.vendor = connection.vendor
        _, workers, *threads = SERVER[self.vendor]
        self.web = chosen.web or int(workers)
        self.server = ("--workers", str(self.web), *threads)
        self.keys = [made_key() for _ in range(ACCOUNTS)]

    def run(self) -> None:
        figures: dict[Case, list[Figures]] = defaultdict(list)
        with self.running():
            for turn in range(self.chosen.rounds + 1):
                for case in CASES:
                    # The first round warms up what is started at the first request.
                    found = self.measured(case, self.chosen.seconds if turn else 1)
                    if turn:
                        figures[case].append(found)
                        print(f"{turn} {case.name}: {found}", flush=True)
        self.report(figures)

    @contextmanager
    def running(self) -> Iterator[None]:
        from django.conf import settings  # noqa: PLC0415

        from promoter.lib.scratch import database_url  # noqa: PLC0415
        from tests.harness.valkey import broker  # noqa: PLC0415
        from tests.harness.worker import Worker  # noqa: PLC0415

        processes = []
        self.ports = {}
        try:
            for number, (name, module, tasks) in enumerate(
                [
                    ("ours", "promoter.wsgi", "segment_ingest.tasks"),
                    ("peer", "tests.performance.peers", "tests.performance.plain_tasks"),
                ]
            ):
                url = self.valkey.url(number)
                told = PRODUCTION | {
                    "REDIS_URL": url,
                    "DATABASE_URL": database_url(),
                    "DATA_DIR": str(settings.DATA_DIR),
                }
                log = self.folder / f"{name}.log"
                web = WebServer(
                    log, told, options=self.server, application=f"{module}:application"
                )
                processes.append(web.process)
                self.ports[name] = web.port
                with broker(url):
                    worker = Worker(
                        name=name,
                        environment=told,
                        log=self.folder / f"{name}-worker.log",
                        pool="prefork",
                        concurrency=self.chosen.concurrency,
                        # Four events fetched at once, as Celery does of itself.
                        options=("--include", tasks, "--prefetch-multiplier", "4"),
                    )
                processes.append(worker.process)
            yield
        finally:
            for process in reversed(processes):
                process.kill()

    def measured(self, case: Case, seconds: float) -> Figures:
        from segment_ingest.models import SegmentMessage  # noqa: PLC0415

        whose = "peer" if case.path == "/task" else "ours"
        before = SegmentMessage.objects.count()
        load = Load(
            f"http://127.0.0.1:{self.ports[whose]}{case.path}",
            self.keys,
            clients=case.clients,
            events=case.events,
            timestamp=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            templates=PAIR,
        )
        begun = time.perf_counter()
        answers = load.send(seconds)
        loaded = time.perf_counter() - begun
        backlog = SegmentMessage.objects.filter(verdict="").count()
        if answers.refused > 100:
            raise RuntimeError(f"{case.name}: {answers}")
        self.drain(begun, rings=whose == "ours")
        took = time.perf_counter() - begun
        stored = SegmentMessage.objects.count() - before
        accepted = answers.rate * case.events
        return Figures(stored / took, accepted, backlog, took - loaded)

    def drain(self, begun: float, *, rings: bool) -> None:
        """Until nothing waits; ours is rung for as beat does."""
        from promoter.lib.doorbell import publish  # noqa: PLC0415
        from segment_ingest.models import SegmentMessage  # noqa: PLC0415
        from tests.harness.valkey import broker  # noqa: PLC0415

        rung = time.perf_counter()
        with broker(self.valkey.url()):
            while SegmentMessage.objects.filter(verdict="").exists():
                now = time.perf_counter()
                if now - begun > PATIENCE_SECONDS:
                    raise RuntimeError("Events still wait after five minutes.")
                if rings and now - rung > BELL_SECONDS:
                    rung = now
                    with suppress(OSError):
                        publish("segment_ingest.tasks.process_inbox")
                time.sleep(0.02)

    def report(self, figures: dict[Case, list[Figures]]) -> None:
        def ratio(case: Case) -> str:
            if case not in BESIDE:
                return ""
            pairs = zip(figures[case], figures[BESIDE[case]], strict=True)
            return short(statistics.median(a.rate / b.rate for a, b in pairs))

        rows = [
            [
                case.name,
                spread([each.accepted for each in found]),
                spread([each.rate for each in found]),
                f"{statistics.median(each.backlog for each in found):,.0f}",
                short(statistics.median(each.late for each in found)),
                ratio(case),
            ]
            for case, found in figures.items()
        ]
        head = ["events", "accepted/s", "accepted and processed/s", "waiting at the end"]
        head += ["s until none", "x a task an event"]
        is_sqlite = self.vendor == "sqlite"
        database = "SQLite, synchronous=FULL" if is_sqlite else "PostgreSQL, fsync on"
        setting = (
            f"{self.web} web {'process' if self.web == 1 else 'processes'}, a worker of "
            f"{self.chosen.concurrency}, {ACCOUNTS} accounts, {self.chosen.seconds:.0f} s."
        )
        print(self.outcome(), flush=True)
        lines = [f"{machine(database)} {setting}", "", *table(head, rows)]
        record(f"end_to_end {self.vendor}", lines)

    def outcome(self) -> dict[str, int]:
        """How often which verdict was given: the rest of a track is a survey."""
        from django.db.models import Count  # noqa: PLC0415

        from segment_ingest.models import SegmentMessage  # noqa: PLC0415

        found = SegmentMessage.objects.order_by().values_list("verdict")
        return dict(found.annotate(Count("pk")))


def made_key() -> str:
    """Of an account with a campaign that mails tomorrow whom the events are about."""
    from django.utils import timezone  # noqa: PLC0415

    from campaigns.models import Campaign  # noqa: PLC0415
    from promoter.accounts.models import Account, ApiKey  # noqa: PLC0415
    from tests.performance.bench_processing import made_account  # noqa: PLC0415

    # Nobody usually asks anybody here, and a campaign must not pause itself for it.
    os.environ["SURVEY_BURST_FACTOR"] = "0"
    account = made_account(0)
    Campaign.objects.filter(account=account).update(delivery_delay=1)
    Account.objects.filter(pk=account.pk).update(daily_event_limit=UNLIMITED)
    return ApiKey.objects.issue(account=account, name="Bench", now=timezone.now())[1]


if __name__ == "__main__":
    sys.exit(main())
