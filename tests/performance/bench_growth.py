"""What each path costs as its table grows, over three decades and more, drawn and in a
table: `make bench ONLY=growth`, `ARGS="--contacts 1000 1000000"` for other sizes.

processing  one event, among so many contacts
sweep       a tick that finds nothing due, among so many waiting mails
list        the first page of the contacts, of so many
event       one event from its bytes to the answer, with so many old ones in the inbox
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django

from tests.performance.bench_ingest import data_folder, made_key
from tests.performance.load import Load, basic
from tests.performance.plots import Path as Plot
from tests.performance.plots import drawing
from tests.performance.tables import DOCUMENT, machine, record, short, table

PARTS = ("processing", "sweep", "list", "event")
EVENTS = 3_000
TURNS = 9
CALLS = 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    decades = [1_000, 10_000, 100_000, 1_000_000]
    parser.add_argument("--contacts", type=int, nargs="+", default=decades)
    parser.add_argument("--waiting", type=int, nargs="+", default=[10, 100, *decades])
    parser.add_argument("--listed", type=int, nargs="+", default=decades)
    parser.add_argument("--inbox", type=int, nargs="+", default=decades)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    chosen = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "promoter.settings"
    # Nobody usually asks anybody here, and a campaign must not pause itself for it.
    os.environ["SURVEY_BURST_FACTOR"] = "0"
    django.setup()
    # What follows needs the apps to be there.
    from django.conf import settings  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    from promoter.lib.scratch import keep_every_commit, scratch_database  # noqa: PLC0415

    # As in production: no record of queries is kept.
    settings.DEBUG, settings.ALLOWED_HOSTS = False, ["localhost"]
    paths = {
        "processing": (
            "Processing",
            "contacts",
            "µs an event",
            processing,
            chosen.contacts,
        ),
        "sweep": ("A tick, nothing due", "waiting mails", "ms", sweep, chosen.waiting),
        "list": ("Contacts, first page", "contacts", "ms", listed, chosen.listed),
        "event": ("One event to its 200", "rows in the inbox", "ms", event, chosen.inbox),
    }
    plots = []
    with (
        tempfile.TemporaryDirectory(prefix="bench-", dir=data_folder()) as folder,
        scratch_database(Path(folder)),
    ):
        if connection.vendor == "postgresql":
            keep_every_commit()
            # To make a million rows takes longer than a request is let.
            connection.settings_dict["OPTIONS"].pop("options")
            connection.close()
        for name in chosen.only:
            title, size, cost, measure, sizes = paths[name]
            plots.append(Plot(title, size, cost, measured(name, measure(), sizes)))
        report(plots)


def measured(
    name: str, cost_at: Callable[[int], float], sizes: Sequence[int]
) -> list[tuple[int, float]]:
    points = []
    for size in sorted(sizes):
        points.append((size, cost_at(size)))
        print(f"{name} {size:,}: {short(points[-1][1])}", flush=True)
    return points


def report(plots: list[Plot]) -> None:
    from django.db import connection  # noqa: PLC0415

    name = f"growth-{connection.vendor}.svg"
    (DOCUMENT.parent / name).write_text(drawing(plots))
    rows = [
        [
            f"{plot.name}, {plot.cost}",
            ", ".join(f"{size:,}: {short(cost)}" for size, cost in plot.points),
            f"{plot.points[-1][0] / plot.points[0][0]:,.0f}",
            short(plot.points[-1][1] / plot.points[0][1]),
        ]
        for plot in plots
    ]
    head = ["path", "cost by size", "x the size", "x the cost"]
    picture = f"![Cost against size]({name})"
    lines = [machine(connection.vendor), "", picture, "", *table(head, rows)]
    record(f"growth {connection.vendor}", lines)


def processing() -> Callable[[int], float]:
    """An account of its own for each size."""
    from django.utils import timezone  # noqa: PLC0415

    from contacts.models import Contact  # noqa: PLC0415
    from segment_ingest.processing import process_account  # noqa: PLC0415
    from tests.performance.bench_processing import (  # noqa: PLC0415
        made_account,
        store_events,
    )
    from tests.performance.copies import copies  # noqa: PLC0415

    def cost(size: int) -> float:
        account = made_account(1)
        copies(
            Contact,
            Contact.objects.get(account=account).pk,
            size - 1,
            user_id="'u' || {n}",
            email="'u' || {n} || '@example.com'",
            address_digest="'digest-' || {n}",
        )
        best = []
        for _ in range(3):
            store_events(account, size, EVENTS)
            begun = time.perf_counter()
            while process_account(account_id=account.pk, now=timezone.now()).messages:
                pass
            best.append(time.perf_counter() - begun)
        return 1e6 * statistics.median(best) / EVENTS

    return cost


def sweep() -> Callable[[int], float]:
    from datetime import timedelta  # noqa: PLC0415

    from django.utils import timezone  # noqa: PLC0415

    from surveys.models import Survey  # noqa: PLC0415
    from surveys.proving.sending import make_due  # noqa: PLC0415
    from tests.performance import sending_sweep  # noqa: PLC0415

    Survey.objects.all().delete()
    make_due(1, now=timezone.now() + timedelta(days=30))

    def cost(size: int) -> float:
        sending_sweep.wait(size)
        return median(sending_sweep.tick, turns=CALLS)

    return cost


def listed() -> Callable[[int], float]:
    from django.test import Client  # noqa: PLC0415

    from contacts.models import Contact  # noqa: PLC0415
    from tests.performance import bench_contacts  # noqa: PLC0415
    from tests.performance.copies import copies  # noqa: PLC0415

    account, user = bench_contacts.seeded(100)
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)

    def page() -> float:
        begun = time.perf_counter()
        assert client.get("/contacts/").status_code == 200
        return 1_000 * (time.perf_counter() - begun)

    def cost(size: int) -> float:
        have = Contact.objects.filter(account=account)
        copies(
            Contact,
            have.order_by("pk")[0].pk,
            size - have.count(),
            user_id="'copy-' || {n}",
            email="'copy-' || {n} || '@example.com'",
            address_digest="'digest-' || {n}",
        )
        return median(page)

    return cost


def event() -> Callable[[int], float]:
    from django.test import RequestFactory  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from segment_ingest.front_door import answer_to  # noqa: PLC0415
    from segment_ingest.models import SegmentMessage  # noqa: PLC0415
    from tests.performance.bench_ingest import UNLIMITED, account_of  # noqa: PLC0415
    from tests.performance.copies import copies  # noqa: PLC0415

    key = made_key(UNLIMITED)
    now = timezone.now()
    load = Load("", timestamp=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"))
    first = SegmentMessage.objects.create(
        account_id=account_of(key),
        message_id="old-0",
        type="track",
        user_id="old-0",
        event="Order Completed",
        body=json.loads(load.body(0)),
        timestamp=now,
        received_at=now,
        verdict=SegmentMessage.Verdict.IGNORED,
        processed_at=now,
    )
    numbers = iter(range(1, 1_000_000))

    def call() -> float:
        request: Any = RequestFactory().post(
            "/v1/track",
            load.body(next(numbers)),
            content_type="application/json",
            headers={"authorization": f"Basic {basic(key)}", "host": "localhost"},
        )
        begun = time.perf_counter()
        answer = answer_to(request.environ)
        took = 1_000 * (time.perf_counter() - begun)
        assert answer is not None, "the front door left it to Django"
        assert answer.status == 200, answer
        return took

    def cost(size: int) -> float:
        more = size - SegmentMessage.objects.filter(account=first.account).count()
        copies(
            SegmentMessage,
            first.pk,
            more,
            message_id="'old-' || {n}",
            user_id="'old-' || {n}",
        )
        return median(call, turns=CALLS)

    return cost


def median(step: Callable[[], float], *, turns: int = TURNS) -> float:
    """After a first one that warms up."""
    step()
    return statistics.median(step() for _ in range(turns))


if __name__ == "__main__":
    sys.exit(main())
