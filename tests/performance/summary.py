"""What was wanted beside what was reached, gathered from the tables that the benches wrote
into docs/performance.md: `make bench-summary`, and at the end of each `make bench`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.performance.claims import CLAIMS, FIGURES, LAST, Claim, Figure
from tests.performance.tables import DOCUMENT, record, table

DATABASES = ("sqlite", "postgresql")
NONE = "not measured"


@dataclass(frozen=True, slots=True)
class Found:
    """The figure as it is written, its value, and of how much it is if that differs."""

    text: str
    value: float
    size: str = ""


def summarize() -> None:
    """Printed, and written at the document's top."""
    document = DOCUMENT.read_text()
    figures = [
        [each.words, *(told(each, document, database) for database in DATABASES)]
        for each in FIGURES
    ]
    claims = [
        [
            each.words,
            each.wanted,
            *(told(each, document, database) for database in DATABASES),
        ]
        for each in CLAIMS
    ]
    head = ["what", "SQLite", "PostgreSQL"]
    lines = [
        *table(head, figures),
        "",
        "Beside floors and peers of the same run; ✓ is as good as was wanted:",
        "",
        *table([head[0], "wanted", *head[1:]], claims),
    ]
    record("summary", lines)


def told(asked: Figure | Claim, document: str, database: str) -> str:
    """All of the rows that are meant as a cell, or the worst for a claim."""
    if database not in asked.databases:
        return ""
    found = found_in(document, asked, database)
    if not found:
        return NONE
    if isinstance(asked, Figure):
        ends = sorted({round(asked.times * each.value) for each in found})
        return " to ".join(f"{each:,}" for each in dict.fromkeys((ends[0], ends[-1])))
    worst = (min if asked.at_least else max)(found, key=lambda each: each.value)
    size = f" ({worst.size})" if worst.size else ""
    return f"{worst.text}{asked.unit}{size}{' ✓' if asked.is_met(worst.value) else ''}"


def found_in(document: str, asked: Figure | Claim, database: str) -> list[Found]:
    head, *rows = rows_of(document, asked.block.format(database=database)) or [[]]
    if asked.rows is LAST:
        chosen = rows[-1:]
    else:
        chosen = [row for row in rows if any(row[: len(w)] == list(w) for w in asked.rows)]
    found = []
    for row in chosen:
        place = head.index(asked.column) if asked.column else len(head) - 1
        number = re.match(r"[\d,.]+", row[place])
        if number:
            size = "" if asked.column else head[place]
            if "sizes" in head:
                size = row[head.index("sizes")]
            found.append(Found(number[0], float(number[0].replace(",", "")), size))
    return found


def rows_of(document: str, name: str) -> list[list[str]]:
    """The cells of the block's table, its head first."""
    begin, end = f"<!-- bench {name} -->", f"<!-- end of {name} -->"
    _, _, rest = document.partition(begin)
    block, _, _ = rest.partition(end)
    lines = [line for line in block.splitlines() if line.startswith("| ")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in rows if row[0] != "---"]


if __name__ == "__main__":
    summarize()
