"""The subjects that are proved alike: what each is about, and the numbers it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from segment_ingest.proving.bombs import prove_bombs
from segment_ingest.proving.erase import prove_erase
from segment_ingest.proving.ingest import prove_ingest
from segment_ingest.proving.proof import Proof
from segment_ingest.proving.smtp_faults import prove_smtp_faults


@dataclass(frozen=True, slots=True)
class Subject:
    """`prove` takes a Given and the numbers, by name; they are the command's options."""

    help: str
    prove: Callable[..., Proof]
    numbers: dict[str, int] = field(default_factory=dict)


SUBJECTS = {
    "bombs": Subject(
        "Send what is small on the wire and large inside; memory is bounded.",
        prove_bombs,
        {"bombs": 600, "rows": 500_000},
    ),
    "erase": Subject(
        "Erase people who went the whole way; no byte of them is left.",
        prove_erase,
        {"people": 300},
    ),
    "ingest": Subject(
        "Kill the web server while events arrive; none that it took is missing.",
        prove_ingest,
        {"people": 10_000, "kills": 30, "threads": 8},
    ),
    "smtp-faults": Subject(
        "Deliver to a mail server that fails in every way; each mail has one right end.",
        prove_smtp_faults,
        {"mails": 2_000},
    ),
}
