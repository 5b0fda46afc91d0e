"""How fast events are taken, beside floors and peers of the same run, server and
database: `make bench ONLY=ingest`, `ARGS="--rounds 5 --seconds 3"` for more of it.

Servers as in production, each on a database of this run's own. Subject and peers take
turns within each round; a ratio is the median of the rounds' ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django

from tests.harness.web import WebServer
from tests.performance.floors import CONNECTIONS, commits, copied
from tests.performance.installation import PRODUCTION
from tests.performance.load import Figures, Load
from tests.performance.tables import machine, record, short, spread, table

UNLIMITED = 2_000_000_000
ACCOUNTS = 100
BATCH = 100
# As docs/production.md and `make run` start them.
SERVER = {
    "postgresql": ("--workers", "2", "--blocking-threads", "16"),
    "sqlite": ("--workers", "1", "--blocking-threads", "16"),
}
NOOP, NAIVE, COMMIT, COPY = "noop", "naive", "commit", "copy"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument(
        "--only", nargs="+", help="Names of cases that contain one of these."
    )
    parser.add_argument(
        "--server",
        type=processes_and_threads,
        help="Processes and threads, as 2x16, instead of what is started by default.",
    )
    chosen = parser.parse_args()
    with prepared(chosen.seconds, chosen.server) as cases, cases.running():
        measure(cases, chosen.rounds, chosen.only)


@contextmanager
def prepared(seconds: float, server: tuple[str, ...] | None) -> Iterator[Cases]:
    """On a scratch database, with a broker."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "promoter.settings"
    django.setup()
    # What follows needs the apps to be there.
    from django.db import connection  # noqa: PLC0415

    from promoter.lib.scratch import keep_every_commit, scratch_database  # noqa: PLC0415
    from tests.harness.valkey import Valkey  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="bench-", dir=data_folder()) as name:
        folder = Path(name)
        valkey = Valkey(folder / "valkey.log")
        try:
            with scratch_database(folder):
                if connection.vendor == "postgresql":
                    keep_every_commit()
                kind = server or SERVER[connection.vendor]
                yield Cases(folder, valkey.url(), seconds, kind)
        finally:
            valkey.stop()


def processes_and_threads(text: str) -> tuple[str, ...]:
    """Granian's options. Raises ValueError, which argparse tells."""
    processes, threads = text.split("x")
    return "--workers", processes, "--blocking-threads", threads


def data_folder() -> Path:
    folder = Path(os.environ.get("DATA_DIR", "var")).resolve() / "tmp"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class Cases:
    """The servers, the keys, and what is measured with them."""

    def __init__(
        self, folder: Path, broker: str, seconds: float, server: tuple[str, ...]
    ) -> None:
        from django.db import connection  # noqa: PLC0415

        self.folder = folder
        self.broker = broker
        self.seconds = seconds
        self.server = server
        self.vendor = connection.vendor
        self.timestamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        self.keys = [made_key(UNLIMITED) for _ in range(ACCOUNTS)]
        self.full = made_key(0)

    @contextmanager
    def running(self, *more: str, **environment: str) -> Iterator[None]:
        """Our server, that of the peers, and more modules', each with its address."""
        from promoter.lib.scratch import database_url  # noqa: PLC0415

        told = {"REDIS_URL": self.broker, "DATABASE_URL": database_url()}
        servers = []
        try:
            for application in ("promoter.wsgi", "tests.performance.peers", *more):
                servers.append(
                    WebServer(
                        self.folder / f"{application}.log",
                        PRODUCTION | told | environment,
                        options=self.server,
                        application=f"{application}:application",
                    )
                )
            urls = [f"http://127.0.0.1:{each.port}" for each in servers]
            self.ours, self.peers, *self.others = urls
            yield
        finally:
            for server in servers:
                server.process.kill()

    def load(self, url: str, keys: list[str], status: int, **more: Any) -> Figures:
        figures = Load(url, keys, timestamp=self.timestamp, **more).send(self.seconds)
        self.settle()
        wanted = 0 if status == 200 else figures.answers
        # The last few may be cut off by the end of the run.
        if abs(figures.refused - wanted) > 100:
            raise RuntimeError(f"{url}: {figures}, but {status} was expected")
        return figures

    def settle(self) -> None:
        """Until the servers have done what was under way when the clients left."""
        from segment_ingest.models import SegmentMessage  # noqa: PLC0415

        newest = SegmentMessage.objects.order_by("-pk").values_list("pk", flat=True)
        before = None
        while (now := newest.first()) != before:
            before = now
            time.sleep(0.2)

    def all(self) -> dict[str, Callable[[], Figures]]:
        """By name, the peers first."""
        ours, peers, one = self.ours, self.peers, self.keys[:1]
        account = account_of(self.keys[0])
        single, batch = f"{ours}/v1/track", f"{ours}/v1/batch"

        def case(url: str, keys: list[str], status: int = 200, **more: Any) -> Any:
            return lambda: self.load(url, keys, status, **more)

        return {
            NOOP: case(f"{peers}/noop", one),
            f"{NOOP} 64": case(f"{peers}/noop", one, clients=64),
            f"{NAIVE} 1": case(f"{peers}/naive", one),
            f"{NAIVE} 100": case(f"{peers}/naive", self.keys),
            f"{NAIVE} batch": self.naive_batch,
            COMMIT: lambda: commits(account, self.timestamp, self.seconds),
            COPY: lambda: copied(account, self.timestamp),
            "one event, one hot account": case(single, one),
            "one event, 100 accounts": case(single, self.keys),
            "one event, one hot account, 64 clients": case(single, one, clients=64),
            "one event, 100 accounts, 64 clients": case(single, self.keys, clients=64),
            "batch of 100, 100 accounts": case(batch, self.keys, events=BATCH),
            "over the quota: 429": case(single, [self.full], 429),
            "unknown key: 401": case(single, ["seg_" + "x" * 36], 401),
        }

    def naive_batch(self) -> Figures:
        """Few clients with small batches, told as if of 100: it is that slow."""
        few = BATCH // 10
        url = f"{self.peers}/naive"
        found = self.load(url, self.keys, 200, events=few, clients=4)
        return replace(found, rate=found.rate * few / BATCH)


def made_key(limit: int) -> str:
    from django.utils import timezone  # noqa: PLC0415

    from promoter.accounts.models import Account, ApiKey  # noqa: PLC0415

    account = Account.objects.create(name="Bench", daily_event_limit=limit)
    return ApiKey.objects.issue(account=account, name="Bench", now=timezone.now())[1]


def account_of(key: str) -> int:
    from promoter.accounts.models import ApiKey  # noqa: PLC0415

    found: int = ApiKey.objects.get(digest=ApiKey.digest_of(key)).account_id
    return found


def measure(cases: Cases, rounds: int, only: list[str] | None) -> None:
    chosen = {
        name: case
        for name, case in cases.all().items()
        if not only or any(part in name for part in only)
    }
    figures: dict[str, list[Figures]] = defaultdict(list)
    for turn in range(rounds + 1):
        for name, case in chosen.items():
            # The first round warms up what is started at the first request.
            if not turn and name in (COMMIT, COPY):
                continue
            found = case()
            if turn:
                figures[name].append(found)
                print(f"{turn} {name}: {json.dumps(short(found.rate))}", flush=True)
    report(cases, figures)


# What each case is measured beside.
BESIDE = {
    "one event, one hot account": (NOOP, f"{NAIVE} 1", COMMIT, 1),
    "one event, 100 accounts": (NOOP, f"{NAIVE} 100", COMMIT, 1),
    "one event, one hot account, 64 clients": (f"{NOOP} 64", "", COMMIT, 1),
    "one event, 100 accounts, 64 clients": (f"{NOOP} 64", "", COMMIT, 1),
    "batch of 100, 100 accounts": ("", f"{NAIVE} batch", COPY, BATCH),
    "over the quota: 429": (NOOP, "", "", 1),
    "unknown key: 401": (NOOP, "", "", 1),
}
NAMES = {
    NOOP: "DRF view that does nothing",
    f"{NOOP} 64": "DRF view that does nothing, 64 clients",
    f"{NAIVE} 1": "plain ORM view, one hot account",
    f"{NAIVE} 100": "plain ORM view, 100 accounts",
    f"{NAIVE} batch": "plain ORM view, batches of 10, counted as of 100",
}


def report(cases: Cases, figures: dict[str, list[Figures]]) -> None:
    is_sqlite = cases.vendor == "sqlite"
    names = NAMES | {
        COMMIT: "INSERT and COMMIT of the row, "
        + ("1 connection" if is_sqlite else f"{CONNECTIONS} connections, psycopg"),
        COPY: f"rows/s of {'executemany' if is_sqlite else 'COPY'} into the same table",
    }

    def ratio(name: str, peer: str, times: int = 1) -> str:
        if not figures.get(peer):
            return ""
        pairs = zip(figures[name], figures[peer], strict=True)
        return short(statistics.median(times * a.rate / b.rate for a, b in pairs))

    rows = []
    for name, found in figures.items():
        noop, naive, floor, times = BESIDE.get(name, ("", "", "", 1))
        rows.append(
            [
                names.get(name, name),
                spread([each.rate for each in found]),
                short(statistics.median(each.p50 for each in found)),
                short(statistics.median(each.p99 for each in found)),
                ratio(name, noop),
                ratio(name, naive),
                ratio(name, floor, times),
            ]
        )
    head = ["case", "requests/s", "p50 ms", "p99 ms", "x no-op", "x plain ORM", "x floor"]
    database = "SQLite, synchronous=FULL" if is_sqlite else "PostgreSQL, fsync on"
    workers, threads = cases.server[1::2]
    server = f" granian with {workers} x {threads} threads, 16 clients unless said."
    record(f"ingest {cases.vendor}", [machine(database) + server, "", *table(head, rows)])


if __name__ == "__main__":
    sys.exit(main())
