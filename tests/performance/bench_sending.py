"""How fast due mail leaves, beside peers on the same database and mail server:
`make bench ONLY=sending`, `ARGS="--mails 2000 --rounds 5"` for more of it,
`ARGS="--only near"` for one table: near, far or latency.

Each is one process. They take turns within each round; a ratio is the median of the
rounds' ratios.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import django

from tests.performance.mail_sink import CountingSink
from tests.performance.tables import machine, record, short, spread, table

OURS, POST_OFFICE, MAILER, FLOOR = (
    "Promoter",
    "django-post-office",
    "django-mailer",
    "smtplib, ready mails, nothing written down",
)
PARTS = ("near", "far", "latency")
ROUND_TRIP = 0.01
MANY = 20
RUN = timedelta(minutes=10)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    chosen = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.performance.mail_settings"
    django.setup()
    # What follows needs the apps to be there.
    from django.conf import settings  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    from promoter.lib.scratch import keep_every_commit, scratch_database  # noqa: PLC0415
    from tests.performance import sending_latency  # noqa: PLC0415

    # As in production: no record of queries is kept.
    settings.DEBUG = False
    with (
        tempfile.TemporaryDirectory(prefix="bench-", dir=data_folder()) as name,
        scratch_database(Path(name)),
    ):
        if connection.vendor == "postgresql":
            keep_every_commit()
        bench = Bench(Path(name), chosen.mails, chosen.rounds)
        if "near" in chosen.only:
            bench.near()
        if "far" in chosen.only:
            bench.far()
        if "latency" in chosen.only:
            sending_latency.measure(Path(name), seconds=chosen.seconds)


def data_folder() -> Path:
    folder = Path(os.environ.get("DATA_DIR", "var")).resolve() / "tmp"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@dataclass(frozen=True, slots=True)
class Case:
    """`queue` takes a number of mails and gives what sends them."""

    name: str
    connections: int
    mails: int
    queue: Callable[[int], Callable[[], None]]


class Bench:
    """The mail servers, and who sends to them."""

    def __init__(self, folder: Path, mails: int, rounds: int) -> None:
        from django.db import connection  # noqa: PLC0415

        self.folder, self.mails, self.rounds = folder, mails, rounds
        self.vendor = connection.vendor
        self.runs = 0

    def near(self) -> None:
        """A mail server on this machine: what counts is what each mail costs us."""
        from django.conf import settings  # noqa: PLC0415

        ours = settings.EMAIL_CONNECTIONS
        self.measure(
            "near",
            "Mail server on this machine.",
            [
                Case(FLOOR, 1, self.mails, self.peer("floor")),
                Case(POST_OFFICE, 5, self.mails, self.peer("post_office")),
                Case(MAILER, 1, self.mails // 2, self.peer("mailer")),
                Case(OURS, 1, self.mails, queue_ours),
                Case(OURS, ours, self.mails, queue_ours),
            ],
            delay=0,
        )

    def far(self) -> None:
        """A mail server elsewhere: what counts is how often one waits for it."""
        few = max(50, self.mails // 10)
        self.measure(
            "far",
            f"Mail server {ROUND_TRIP * 1000:.0f} ms away, there and back.",
            [
                Case(FLOOR, 1, few, self.peer("floor")),
                Case(POST_OFFICE, 5, few, self.peer("post_office")),
                Case(MAILER, 1, few // 2, self.peer("mailer")),
                Case(OURS, 1, few, queue_ours),
                Case(OURS, 5, self.mails, queue_ours),
                Case(OURS, MANY, 4 * self.mails, queue_ours),
            ],
            delay=ROUND_TRIP,
        )

    def peer(self, name: str) -> Callable[[int], Callable[[], None]]:
        from tests.performance import mail_peers  # noqa: PLC0415

        def queue(mails: int) -> Callable[[], None]:
            self.runs += 1
            people = [f"peer{self.runs}-{each}@example.com" for each in range(mails)]
            drain: Callable[[], None] = getattr(mail_peers, name)(likeness(), people)
            return drain

        queue.__name__ = name
        return queue

    def measure(self, part: str, title: str, cases: list[Case], *, delay: float) -> None:
        from django.conf import settings  # noqa: PLC0415

        needs = {"post_office", "mailer"} - set(settings.PEERS)
        missing = [case.name for case in cases if case.queue.__name__ in needs]
        cases = [case for case in cases if case.name not in missing]
        rates: dict[Case, list[float]] = defaultdict(list)
        with mail_server(self.folder, delay) as sink:
            for turn in range(self.rounds):
                for case in cases:
                    rate = self.rate(case, sink)
                    rates[case].append(rate)
                    print(
                        f"{turn + 1} {case.name}, {case.connections}: {short(rate)}",
                        flush=True,
                    )
        self.report(part, title, rates, missing)

    def rate(self, case: Case, sink: CountingSink) -> float:
        """Mails a second, once all have arrived."""
        from django.conf import settings  # noqa: PLC0415

        settings.EMAIL_CONNECTIONS = case.connections
        drain = case.queue(case.mails)
        before = sink.taken()
        begun = time.perf_counter()
        drain()
        took = time.perf_counter() - begun
        if (taken := sink.taken() - before) != case.mails:
            raise RuntimeError(f"{case.name}: {taken} of {case.mails} arrived")
        return case.mails / took

    def report(
        self, part: str, title: str, rates: dict[Case, list[float]], missing: list[str]
    ) -> None:
        def ratio(case: Case, name: str) -> str:
            for peer, found in rates.items():
                if peer.name == name and case.name == OURS:
                    pairs = zip(rates[case], found, strict=True)
                    return short(statistics.median(a / b for a, b in pairs))
            return ""

        rows = [
            [
                case.name,
                str(case.connections),
                spread(found),
                *(ratio(case, peer) for peer in (POST_OFFICE, MAILER, FLOOR)),
            ]
            for case, found in rates.items()
        ]
        head = ["one process", "connections", "mails/s"]
        head += ["x post-office", "x mailer", "x smtplib"]
        absent = [f"Not installed: {', '.join(missing)}."] if missing else []
        lines = [f"{title} {machine(database(self.vendor))}", "", *table(head, rows)]
        record(f"sending {part} {self.vendor}", [*lines, *absent])


@contextmanager
def mail_server(folder: Path, delay: float) -> Iterator[CountingSink]:
    """One that the settings name."""
    from django.conf import settings  # noqa: PLC0415

    sink = CountingSink(folder, delay=delay)
    settings.EMAIL_PORT = sink.port
    try:
        yield sink
    finally:
        sink.process.kill()


def database(vendor: str) -> str:
    return "SQLite, synchronous=FULL" if vendor == "sqlite" else "PostgreSQL, fsync on"


def queue_ours(mails: int) -> Callable[[], None]:
    """Campaign, contacts, surveys and their mails, all due."""
    from django.utils import timezone  # noqa: PLC0415

    from surveys.delivery import deliver_due  # noqa: PLC0415
    from surveys.proving.sending import make_due  # noqa: PLC0415
    from surveys.sending.transport import connection  # noqa: PLC0415

    make_due(mails, now=timezone.now())

    def drain() -> None:
        with connection() as transport:
            deliver_due(clock=timezone.now, transport=transport, limit=RUN)

    return drain


def likeness():  # type: ignore[no-untyped-def]
    """A mail of ours as Django's message, for peers to carry."""
    from django.utils import timezone  # noqa: PLC0415

    from surveys.models import SurveyEmail  # noqa: PLC0415
    from surveys.proving.sending import make_due  # noqa: PLC0415
    from surveys.sending.composing import compose  # noqa: PLC0415

    if not SurveyEmail.objects.exists():
        make_due(1, now=timezone.now() + timedelta(days=10_000))
    return compose(SurveyEmail.objects.order_by("pk")[0], now=timezone.now())


if __name__ == "__main__":
    sys.exit(main())
