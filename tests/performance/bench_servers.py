"""How taking events grows with web processes and threads on one machine, and with a second
installation: `make bench ONLY=servers`, `ARGS="--servers 1x16 1x32 2x16"`.

The second installation has its own database, on PostgreSQL its own server, and its own web
server; the accounts are divided between the two, and both are asked at the same moment.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections import defaultdict

from tests.performance.bench_ingest import Cases, prepared, processes_and_threads
from tests.performance.bench_workers import hear, started
from tests.performance.load import Figures
from tests.performance.tables import machine, record, spread, table

SERVERS = ["1x16", "1x32", "2x16"]
INSTALLATIONS = 2
FEW, MANY = 16, 64
Rates = dict[int, list[float]]
"""Requests a second of each round, by the number of clients."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--servers", nargs="+", default=SERVERS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--half", action="store_true", help="as the bench calls itself")
    chosen = parser.parse_args()
    server = processes_and_threads(chosen.servers[0])
    with prepared(chosen.seconds, server) as cases:
        if chosen.half:
            half(cases, chosen.rounds)
            return
        rates: dict[str, Rates] = defaultdict(lambda: defaultdict(list))
        for _ in range(chosen.rounds):
            for name in chosen.servers:
                cases.server = processes_and_threads(name)
                for clients, found in taken(cases).items():
                    rates[name][clients].append(found.rate)
        vendor = cases.vendor
    both = f"{INSTALLATIONS} installations, {chosen.servers[0]} each"
    rates[both] = of_installations(vendor, chosen.servers[0], chosen.rounds, chosen.seconds)
    rows = [
        [name, spread(found[FEW]), spread(found[MANY])] for name, found in rates.items()
    ]
    head = ["processes x threads", f"requests/s, {FEW} clients", f"{MANY} clients"]
    record(f"servers {vendor}", [machine(vendor), "", *table(head, rows)])


def taken(cases: Cases) -> dict[int, Figures]:
    with cases.running():
        load(cases, FEW)
        return {clients: load(cases, clients) for clients in (FEW, MANY)}


def load(cases: Cases, clients: int) -> Figures:
    return cases.load(f"{cases.ours}/v1/track", cases.keys, 200, clients=clients)


def half(cases: Cases, rounds: int) -> None:
    """One of the installations: at each word a round, until there are no more."""
    with cases.running():
        load(cases, FEW)
        print("ready", flush=True)
        for _ in range(rounds):
            for clients in (FEW, MANY):
                sys.stdin.readline()
                print(f"{load(cases, clients // INSTALLATIONS).rate}", flush=True)
                print("done", flush=True)


def of_installations(vendor: str, server: str, rounds: int, seconds: float) -> Rates:
    command = [sys.executable, "-m", __spec__.name, "--half", "--servers", server]
    command += ["--rounds", str(rounds), "--seconds", str(seconds)]
    if vendor == "postgresql":
        command = [sys.executable, "-m", "tests.harness.postgres", "--durable", *command]
    outside = {name: each for name, each in os.environ.items() if name != "DATABASE_URL"}
    both = [started(command, outside) for _ in range(INSTALLATIONS)]
    try:
        for each in both:
            hear(each, "ready")
        rates: Rates = defaultdict(list)
        for _ in range(rounds):
            for clients in (FEW, MANY):
                rates[clients].append(at_once(both))
        return rates
    finally:
        for each in both:
            assert each.stdin is not None
            each.stdin.close()
            each.wait()


def at_once(both: list[subprocess.Popen[bytes]]) -> float:
    for each in both:
        assert each.stdin is not None
        each.stdin.write(b"\n")
        each.stdin.flush()
    total = 0.0
    for each in both:
        assert each.stdout is not None
        total += float(each.stdout.readline())
        hear(each, "done")
    return total


if __name__ == "__main__":
    sys.exit(main())
