"""Tables of figures, printed and written into docs/performance.md between two markers."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "performance.md"


def record(name: str, lines: Sequence[str]) -> None:
    """Print them, and put them where the document has `<!-- bench NAME -->`."""
    text = "\n".join(lines)
    print(f"\n{text}\n", flush=True)
    begin, end = f"<!-- bench {name} -->", f"<!-- end of {name} -->"
    document = DOCUMENT.read_text()
    before, found, rest = document.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise RuntimeError(f"{DOCUMENT.name} has no place for {name}.")
    DOCUMENT.write_text(f"{before}{begin}\n{text}\n{end}{after}")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows)]


def machine(database: str) -> str:
    """One line that says when and on what, and how busy it was besides."""
    now = datetime.now(UTC)
    return (
        f"{now.day} {now:%B %Y}, {platform.machine()} with {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, {database}, load {os.getloadavg()[0]:.1f}."
    )


def spread(values: Sequence[float]) -> str:
    """The median, with the least and the most beside it."""
    middle = statistics.median(values)
    if len(values) == 1:
        return short(middle)
    return f"{short(middle)} ({short(min(values))}-{short(max(values))})"


def short(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
