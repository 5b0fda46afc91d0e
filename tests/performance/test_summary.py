"""The table at the top of docs/performance.md and those that it is gathered from agree."""

from __future__ import annotations

import pytest

from tests.performance.claims import CLAIMS, FIGURES
from tests.performance.summary import NONE, told
from tests.performance.tables import DOCUMENT

pytestmark = pytest.mark.either_database


def test_each_claim_has_a_place_in_the_document_that_a_bench_fills():
    document = DOCUMENT.read_text()

    for asked in (*CLAIMS, *FIGURES):
        for database in asked.databases:
            place = f"<!-- bench {asked.block.format(database=database)} -->"
            assert place in document, asked.words
            # Raises if the table is there and has no such column.
            told(asked, document, database)


def test_the_worst_row_stands_for_a_claim_and_what_is_missing_is_said():
    (claim,) = (each for each in CLAIMS if each.below == 15)
    rows = ["| case | p99 ms |", "| --- | --- |", "| one event, one hot account | 9.10 |"]
    fast = "\n".join(
        ["<!-- bench ingest sqlite -->", *rows, "<!-- end of ingest sqlite -->"]
    )
    slow = fast.replace(
        rows[2], f"{rows[2]}\n| one event, 100 accounts | 1,022 (9-2,000) |"
    )

    assert told(claim, fast, "sqlite") == "9.10 ms ✓"
    assert told(claim, slow, "sqlite") == "1,022 ms"
    assert told(claim, fast, "postgresql") == NONE
