"""What each path costs as its tables grow, over three decades and more, drawn and in a
table: `make bench ONLY=growth`.

What grows (growths.py) does so by tens, as far as time allows: `ARGS="--minutes 90"` is
time for all of it, `ARGS="--most 100000"` is less. Each has a scratch database of its own.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import django

from tests.performance.bench_ingest import data_folder
from tests.performance.plots import Path as Plot
from tests.performance.plots import drawing
from tests.performance.tables import DOCUMENT, machine, record, short, table

if TYPE_CHECKING:
    from tests.performance.growths import Growth

NAMES = ("waiting", "contacts", "inbox", "answers")
# How much longer ten times the rows take to be made, a little more than in proportion.
DEARER = 11
# Making an index of ten million rows in memory, and no limit to how long it takes.
POSTGRESQL = "-c maintenance_work_mem=512MB"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=4)
    parser.add_argument("--most", type=int, help="rows of each that grows")
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES)
    chosen = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "promoter.settings"
    # Nobody usually asks anybody here, and a campaign must not pause itself for it.
    os.environ["SURVEY_BURST_FACTOR"] = "0"
    django.setup()
    # What follows needs the apps to be there.
    from django.conf import settings  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    from tests.performance.growths import GROWTHS  # noqa: PLC0415

    # As in production: no record of queries is kept.
    settings.DEBUG, settings.ALLOWED_HOSTS = False, ["localhost"]
    if connection.vendor == "postgresql":
        connection.settings_dict["OPTIONS"]["options"] = POSTGRESQL
    end = time.monotonic() + 60 * chosen.minutes
    plots = []
    for place, name in enumerate(chosen.only):
        # What one leaves of its share the next ones have.
        share = (end - time.monotonic()) / (len(chosen.only) - place)
        plots += grown(GROWTHS[name], time.monotonic() + share, chosen.most)
        # Whatever becomes of the next one, this is written down.
        report(plots)


def grown(growth: Growth, end: float, most: int | None) -> list[Plot]:
    """By the sizes that time allows, and one at the least."""
    points: dict[tuple[str, str], list[tuple[int, float]]] = defaultdict(list)
    least = expected = 0.0
    with ExitStack() as stack:
        for size in growth.sizes:
            if most and size > most:
                break
            if time.monotonic() + expected > end:
                print(f"{growth.rows}: {size:,} would take too long", flush=True)
                break
            if growth.is_afresh or not points:
                stack.close()
                stack.enter_context(scratch())
                costs_at = growth.begin()
            begun = time.monotonic()
            for what, cost in costs_at(size).items():
                points[what].append((size, cost))
                print(f"{size:,} {growth.rows}: {what[0]} {short(cost)}", flush=True)
            took = time.monotonic() - begun
            # What the smallest took is what measuring takes of any size.
            least = least or took
            expected = least + DEARER * max(0, took - least)
    return [Plot(title, growth.rows, unit, of) for (title, unit), of in points.items()]


@contextmanager
def scratch() -> Iterator[None]:
    from django.db import connection  # noqa: PLC0415

    from promoter.lib.scratch import keep_every_commit, scratch_database  # noqa: PLC0415

    with (
        tempfile.TemporaryDirectory(prefix="bench-", dir=data_folder()) as folder,
        scratch_database(Path(folder)),
    ):
        if connection.vendor == "postgresql":
            keep_every_commit()
            connection.close()
        yield


def report(plots: list[Plot]) -> None:
    from django.db import connection  # noqa: PLC0415

    name = f"growth-{connection.vendor}.svg"
    (DOCUMENT.parent / name).write_text(drawing(plots))
    rows = [
        [
            f"{plot.name}, {plot.cost}",
            f"{plot.points[0][0]:,} to {plot.points[-1][0]:,} {plot.size}",
            ", ".join(short(cost) for _, cost in plot.points),
            short(plot.points[-1][1]),
            short(plot.points[-1][1] / plot.points[0][1]),
        ]
        for plot in plots
    ]
    head = ["path", "sizes", "cost, by tens", "at the most", "x the cost"]
    picture = f"![Cost against size]({name})"
    lines = [machine(connection.vendor), "", picture, "", *table(head, rows)]
    record(f"growth {connection.vendor}", lines)


if __name__ == "__main__":
    sys.exit(main())
