"""How fast events are taken where the disk needs 2 ms for each commit, as in a cloud:
`make bench ONLY=slow_disk`, `ARGS="--rounds 5 --seconds 3"` for more of it.

Beside ours, on the same server and database: ours with a transaction for each request, and
the view that most Django code would have, which has one too. On SQLite it is the web
servers whose disk is slow, on PostgreSQL the database's server.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections import defaultdict

from tests.harness.slow_disk import slow_disk
from tests.performance.bench_ingest import Cases, prepared
from tests.performance.load import Figures
from tests.performance.tables import machine, record, short, spread, table

UNGROUPED = "tests.performance.ungrouped"
PLAIN = "plain ORM view"
ALONE = "a transaction for each request"
OURS = "ours"
MANY = 64


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2)
    chosen = parser.parse_args()
    with prepared(chosen.seconds, None) as cases:
        # PostgreSQL's is since its start, by `tests.harness.postgres --slow-disk`.
        slow = slow_disk(cases.folder) if cases.vendor == "sqlite" else {}
        with cases.running(UNGROUPED, **slow):
            report(cases, measured(cases, chosen.rounds))


# Whose, whether 100 accounts or one hot one, and with how many clients.
Case = tuple[str, bool, int]
CASES: list[Case] = [
    (OURS, False, 1),
    (PLAIN, False, 16),
    (ALONE, False, 16),
    (OURS, False, 16),
    (ALONE, True, 16),
    (OURS, True, 16),
    (ALONE, False, MANY),
    (OURS, False, MANY),
]


def measured(cases: Cases, rounds: int) -> dict[Case, list[Figures]]:
    (alone,) = cases.others
    urls = {
        OURS: f"{cases.ours}/v1/track",
        ALONE: f"{alone}/v1/track",
        PLAIN: f"{cases.peers}/naive",
    }
    figures: dict[Case, list[Figures]] = defaultdict(list)
    for turn in range(rounds + 1):
        for case in CASES:
            whose, has_many, clients = case
            keys = cases.keys if has_many else cases.keys[:1]
            found = cases.load(urls[whose], keys, 200, clients=clients)
            # The first round warms up what is started at the first request.
            if turn:
                figures[case].append(found)
                print(f"{turn} {case}: {short(found.rate)}", flush=True)
    return figures


def report(cases: Cases, figures: dict[Case, list[Figures]]) -> None:
    def ratio(case: Case, peer: str) -> str:
        whose, *where = case
        beside = figures.get((peer, *where))
        if whose != OURS or not beside:
            return ""
        pairs = zip(figures[case], beside, strict=True)
        return short(statistics.median(a.rate / b.rate for a, b in pairs))

    rows = [
        [
            f"{case[0]}, {'100 accounts' if case[1] else 'one hot account'}",
            str(case[2]),
            spread([each.rate for each in found]),
            short(statistics.median(each.p50 for each in found)),
            short(statistics.median(each.p99 for each in found)),
            ratio(case, ALONE),
            ratio(case, PLAIN),
        ]
        for case, found in figures.items()
    ]
    head = ["one event a request", "clients", "requests/s", "p50 ms", "p99 ms"]
    head += ["x a transaction each", "x plain ORM"]
    workers, threads = cases.server[1::2]
    setting = f" A disk of 2 ms; granian with {workers} x {threads} threads."
    lines = [machine(cases.vendor) + setting, "", *table(head, rows)]
    record(f"slow disk {cases.vendor}", lines)


if __name__ == "__main__":
    sys.exit(main())
