"""The subjects that are proved alike: what each is about, and the numbers it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from segment_ingest.proving.bombs import prove_bombs
from segment_ingest.proving.broker import prove_beats, prove_broker
from segment_ingest.proving.database import prove_database
from segment_ingest.proving.duplicates import prove_duplicates
from segment_ingest.proving.erase import prove_erase
from segment_ingest.proving.fuzz import prove_fuzz
from segment_ingest.proving.ingest import prove_ingest
from segment_ingest.proving.killed_tasks import prove_killed_tasks
from segment_ingest.proving.ordering import prove_ordering
from segment_ingest.proving.proof import Proof
from segment_ingest.proving.scanners import prove_scanners
from segment_ingest.proving.secrets import prove_secrets
from segment_ingest.proving.smtp_faults import prove_smtp_faults


@dataclass(frozen=True, slots=True)
class Subject:
    """`prove` takes a Given and the numbers, by name; they are the command's options.

    `restarts`: it restarts the database, where that is a server.
    """

    help: str
    prove: Callable[..., Proof]
    numbers: dict[str, int] = field(default_factory=dict)
    restarts: bool = False


SUBJECTS = {
    "bombs": Subject(
        "Send what is small on the wire and large inside; memory is bounded.",
        prove_bombs,
        {"bombs": 600, "rows": 500_000},
    ),
    "beats": Subject(
        "Two beats ring for the same work, from events to mails; nothing is doubled.",
        prove_beats,
        {"people": 2_000},
    ),
    "broker": Subject(
        "Flush and kill the broker while events arrive; mail is a minute late at most.",
        prove_broker,
        {"people": 2_000, "faults": 6},
    ),
    "database": Subject(
        "Let the database fail while events arrive: only 503, and nothing is lost.",
        prove_database,
        {"people": 10_000, "faults": 10, "threads": 8},
        restarts=True,
    ),
    "duplicates": Subject(
        "Send each event many times at once, among others; it counts once.",
        prove_duplicates,
        {"people": 5_000, "copies": 5, "threads": 8},
    ),
    "erase": Subject(
        "Erase people who went the whole way; no byte of them is left.",
        prove_erase,
        {"people": 300},
    ),
    "fuzz": Subject(
        "Ask every address what no honest client asks; none answers 5xx.",
        prove_fuzz,
        {"requests": 20_000},
    ),
    "ingest": Subject(
        "Kill the web server while events arrive; none that it took is missing.",
        prove_ingest,
        {"people": 10_000, "kills": 30, "threads": 8},
    ),
    "killed-tasks": Subject(
        "Kill a worker at each statement of each periodic task; it is done, and once.",
        prove_killed_tasks,
        {"every": 1},
    ),
    "ordering": Subject(
        "Tell people's stories in order to several workers; each ends as it must.",
        prove_ordering,
        {"people": 500, "length": 12, "threads": 4, "workers": 4},
    ),
    "secrets": Subject(
        "Use every key, token and password in every way; none is in rows, log or pages.",
        prove_secrets,
        {"rounds": 5},
    ),
    "scanners": Subject(
        "Open every link of every mail as scanners do; nothing is recorded.",
        prove_scanners,
        {"mails": 100},
    ),
    "smtp-faults": Subject(
        "Deliver to a mail server that fails in every way; each mail has one right end.",
        prove_smtp_faults,
        {"mails": 2_000},
    ),
}
