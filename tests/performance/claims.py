"""How fast everything was meant to be, and where a bench says how fast it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

BOTH = ("sqlite", "postgresql")
# The table's last row, which is the largest size.
LAST: Final = "last"
# The cells that a row begins with.
Rows = tuple[tuple[str, ...], ...] | str


@dataclass(frozen=True, slots=True)
class Figure:
    """`column` is named in the table's head; "" is its last, which is the largest size."""

    words: str
    block: str
    rows: Rows
    column: str
    times: int = 1
    databases: tuple[str, ...] = BOTH


@dataclass(frozen=True, slots=True)
class Claim:
    """`at_least` or, without it, `below`."""

    words: str
    block: str
    rows: Rows
    column: str
    unit: str = " times"
    at_least: float = 0
    below: float = 0
    databases: tuple[str, ...] = BOTH

    @property
    def wanted(self) -> str:
        if self.at_least:
            return f"at least {self.at_least:,g}{self.unit}"
        return f"under {self.below:,g}{self.unit}"

    def is_met(self, value: float) -> bool:
        return value >= self.at_least if self.at_least else value < self.below


INGEST, SLOW = "ingest {database}", "slow disk {database}"
END, GROWTH = "end_to_end {database}", "growth {database}"
PAGES, REPORTS = "pages {database}", "reports {database}"
NEAR, FAR = "sending near {database}", "sending far {database}"
RATE, P99 = "requests/s", "p99 ms"
ONE = (("one event, one hot account",), ("one event, 100 accounts",))
ONE_64 = tuple((f"{name}, 64 clients",) for (name,) in ONE)
BATCH = (("batch of 100, 100 accounts",),)
HOT = (("ours, one hot account", "16"),)
SINGLE, BATCHES = (
    (("Promoter, one event a request",),),
    (("Promoter, batches of 100",),),
)
SIZES = (("1,000",), ("10,000",), ("100,000",))
SURVEY = (("survey page, opened often",), ("survey page, opened for the first time",))
TICK = (("A tick, nothing due, ms",),)

FIGURES = (
    Figure(
        "events taken a second, one a request, durable before its 200", INGEST, ONE, RATE
    ),
    Figure("the same with 64 clients", INGEST, ONE_64, RATE),
    Figure("the same in batches of 100", INGEST, BATCH, RATE, times=100),
    Figure(
        "events worked off a second, by one process",
        "processing {database}",
        SIZES,
        "ours, events/s",
    ),
    Figure("both at once, one event a request", END, SINGLE, "accepted and processed/s"),
    Figure("both at once, batches of 100", END, BATCHES, "accepted and processed/s"),
    Figure(
        "mails sent a second, mail server next door, one process",
        NEAR,
        (("Promoter", "5"),),
        "mails/s",
    ),
    Figure(
        "mails sent a second, mail server 10 ms away, 20 connections",
        FAR,
        (("Promoter", "20"),),
        "mails/s",
    ),
    Figure("survey pages shown a second", PAGES, SURVEY, RATE),
)

CLAIMS = (
    Claim(
        "one event a request, beside a Django REST framework view that does nothing",
        *(INGEST, ONE, "x no-op"),
        at_least=0.9,
    ),
    Claim("the answers, 99 of 100, 16 clients", INGEST, ONE, P99, unit=" ms", below=15),
    Claim(
        "beside the database, which only commits the row",
        INGEST,
        ONE,
        "x floor",
        at_least=0.5,
    ),
    Claim("the same with 64 clients", INGEST, ONE_64, "x floor", at_least=0.8),
    Claim("beside a view with the plain ORM", INGEST, ONE, "x plain ORM", at_least=8),
    Claim(
        "on a disk of 2 ms, one hot account, beside a transaction for each request",
        *(SLOW, HOT, "x a transaction each"),
        at_least=4,
    ),
    Claim("batches of 100, beside COPY", INGEST, BATCH, "x floor", at_least=1.5),
    Claim(
        "batches of 100, beside a view with the plain ORM",
        INGEST,
        BATCH,
        "x plain ORM",
        at_least=40,
    ),
    Claim(
        "refusals, over the limit or of a wrong key, beside the view that does nothing",
        *(INGEST, (("over the quota: 429",), ("unknown key: 401",)), "x no-op"),
        at_least=0.9,
    ),
    Claim(
        "working events off, beside the same rules event by event",
        *("processing {database}", SIZES, "x"),
        at_least=40,
    ),
    Claim(
        "its cost among the most contacts, beside that among the fewest",
        *(GROWTH, (("Processing, µs an event",),), "x the cost"),
        below=1.5,
    ),
    Claim(
        "its cost among the most old messages, beside that among the fewest",
        *(GROWTH, (("Processing among old messages, µs an event",),), "x the cost"),
        below=1.5,
    ),
    Claim(
        "taken and worked off, one event a request, beside a task for each event",
        *(END, SINGLE, "x a task an event"),
        at_least=20,
    ),
    Claim("the same in batches of 100", END, BATCHES, "x a task an event", at_least=100),
    Claim(
        "from an event to its mail, 95 of 100, at 100 a second",
        *("sending latency {database}", LAST, "p95 ms"),
        unit=" ms",
        below=1_000,
    ),
    Claim(
        "mails, mail server next door, beside django-post-office",
        *(NEAR, (("Promoter", "5"),), "x post-office"),
        at_least=2.5,
    ),
    Claim(
        "the same beside django-mailer", NEAR, (("Promoter", "5"),), "x mailer", at_least=8
    ),
    Claim(
        "mail server 10 ms away, as many connections, beside django-post-office",
        *(FAR, (("Promoter", "5"),), "x post-office"),
        at_least=3,
    ),
    Claim(
        "the same with 20 connections",
        FAR,
        (("Promoter", "20"),),
        "x post-office",
        at_least=8,
    ),
    Claim(
        "a tick that finds nothing due, among the most waiting mails, beside one among 10",
        *(GROWTH, TICK, "x the cost"),
        below=2,
    ),
    Claim("that tick", GROWTH, TICK, "at the most", unit=" ms", below=5),
    Claim(
        "reports from daily sums, beside counting the rows",
        *(REPORTS, (("rows / sums: scores, all",), ("rows / sums: by plan, all",)), ""),
        at_least=200,
    ),
    Claim(
        "those reports, from the question to its answer",
        *(REPORTS, (("sums: scores, all",), ("sums: by plan, all",)), ""),
        unit=" ms",
        below=10,
    ),
    Claim(
        "`make run` to its first page, when it is installed",
        *("pages start", LAST, "from the command"),
        unit=" s",
        below=6,
        databases=("sqlite",),
    ),
    Claim(
        "the survey page, beside a template of two words behind the same middleware",
        *(PAGES, SURVEY, "x Hello world"),
        at_least=0.5,
    ),
)
