"""How long the pages of contacts take, and what an import costs: `make bench
ONLY=contacts`, `ARGS="--count 100000"` for another size.

Server time, by Django's test client, the median of seven; then a file of 100,000 contacts,
of which half are known, and one of as many past answers of them over three years, and by
how much the memory of who imports it grows. The scratch database is made beside the
configured one and dropped at the end.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import django

from tests.performance.tables import machine, record, table

PAGES = {
    "list": "/contacts/",
    "list, page 2": "",
    "list, by email": "/contacts/?sort=email",
    "search: one person": "/contacts/?q=person77777@",
    "search: many": "/contacts/?q=grace",
    "search: nobody": "/contacts/?q=zzzzz",
    "plan is pro": "/contacts/?attribute=plan&op=is&value=pro",
    "plan is pro, spent over 900": "/contacts/?attribute=plan&op=is&value=pro"
    "&attribute=spent&op=over&value=900",
    "in one list": "/contacts/?list=1",
    "must not be mailed": "/contacts/?mail=no",
    "lists": "/contacts/lists/",
    "attributes": "/contacts/attributes/",
    "not mailed": "/contacts/suppressions/",
}
NAMES = ("Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "Margaret", "Linus")
PLANS = ("free", "free", "free", "pro", "pro", "gold")
CHUNK = 5_000
TURNS = 7
ROWS = 100_000
MB = 1024 * 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--work", action="store_true", help="as the bench calls itself")
    asked = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "promoter.settings")
    django.setup()
    # What follows needs the apps to be there.
    from django.conf import settings  # noqa: PLC0415

    from promoter.lib.scratch import scratch_database  # noqa: PLC0415

    # As in production: no record of queries is kept.
    settings.DEBUG, settings.ALLOWED_HOSTS = False, ["localhost"]
    if asked.work:
        work()
        return
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        settings.IMPORT_DIR = Path(folder) / "imports"
        with scratch_database(Path(folder)):
            measure(asked.count, asked.rows, Path(folder))


def measure(count: int, rows: int, folder: Path) -> None:
    from django.db import connection  # noqa: PLC0415

    account, user = seeded(count)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    lines = table(
        [f"page, {count:,} contacts", "median"],
        [[name, f"{took:.0f} ms"] for name, took in pages(user)],
    )
    known = min(rows // 2, count)
    files = {
        "contacts": ("rows", people_of(rows, known)),
        "answers": ("past answers", answers_of(rows, known)),
    }
    for kind, (what, file) in files.items():
        seconds, grown = imported(account, user, file, kind=kind, folder=folder)
        pace = f"{seconds:.0f} s, {rows / seconds:,.0f} rows a second"
        memory = f"the worker's memory grew by {grown:.0f} MB at most"
        lines += ["", f"An import of {rows:,} {what}: {pace}; {memory}."]
    record(f"contacts {connection.vendor}", [machine(connection.vendor), "", *lines])


def pages(user: Any) -> Iterator[tuple[str, float]]:
    from django.test import Client  # noqa: PLC0415

    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    older = re.search(
        r'rel="next" href="([^"]+)"', client.get("/contacts/").content.decode()
    )
    assert older is not None
    following = f"/contacts/{unescape(older[1])}"
    for name, address in PAGES.items():
        yield name, median(client, address or following)


def median(client: Any, address: str) -> float:
    """Milliseconds."""
    took = []
    for _ in range(TURNS + 1):
        begun = time.perf_counter()
        answer = client.get(address)
        took.append(time.perf_counter() - begun)
        assert answer.status_code == 200, (address, answer.status_code)
    return 1_000 * sorted(took[1:])[TURNS // 2]


def seeded(count: int) -> tuple[Any, Any]:
    """Contacts with four attributes, a tenth of them in a list, a hundredth suppressed."""
    from django.utils import timezone  # noqa: PLC0415

    from contacts.models import (  # noqa: PLC0415
        Attribute,
        Contact,
        ContactList,
        ContactListMembership,
        Suppression,
    )
    from promoter.accounts.models import Account, Membership, User  # noqa: PLC0415

    now = timezone.now()
    account = Account.objects.create(name="Bench")
    user = User.objects.create(email="bench@example.com")
    Membership.objects.create(account=account, user=user, role="owner")
    contact_list = ContactList.objects.create(account=account, name="A tenth")
    for name, kind in {"plan": "text", "spent": "number", "city": "text"}.items():
        Attribute.objects.create(account=account, name=name, type=kind, last_seen_at=now)
    for start in range(0, count, CHUNK):
        people = []
        for n in range(start, min(start + CHUNK, count)):
            contact = Contact(
                account=account,
                user_id=f"u{n}",
                first_name=NAMES[n % len(NAMES)],
                last_name=f"Number {n}",
                attributes={
                    "plan": PLANS[n * 7 % len(PLANS)],
                    "spent": n * 31 % 1_000,
                    "city": f"City {n % 200}",
                },
                updated_at=now - timedelta(seconds=n),
            )
            contact.set_email(f"person{n}@example.com")
            people.append(contact)
        Contact.objects.bulk_create(people)
        ContactListMembership.objects.bulk_create(
            ContactListMembership(contact=one, contact_list=contact_list)
            for one in people[::10]
        )
        Suppression.objects.bulk_create(
            Suppression(
                account=account,
                address_digest=one.address_digest,
                email=one.email,
                reason=Suppression.Reason.UNSUBSCRIBED,
            )
            for one in people[::100]
        )
    return account, user


def people_of(rows: int, known: int) -> Iterator[tuple[str, ...]]:
    yield "email", "userId", "plan", "city"
    for n in range(rows):
        who = n if n < known else n + 10_000_000
        yield f"person{who}@example.com", f"u{who}", "gold", f"Town {n % 50}"


def answers_of(rows: int, known: int) -> Iterator[tuple[str, ...]]:
    """Two of each person, half of whom are known, over three years, in no order."""
    yield "Person Email", "Score", "Survey responded at", "Comment", "Tags", "plan"
    begun = datetime(2023, 1, 1, tzinfo=UTC)
    for n in range(rows):
        who = n % max(1, rows // 2)
        who = who if who < known // 2 else who + 20_000_000
        at = begun + timedelta(minutes=n * 7919 % (3 * 365 * 24 * 60))
        said = "It does what it says and support is quick." if n % 3 == 0 else ""
        score = str((n * 7) % 11)
        yield f"person{who}@example.com", score, f"{at:%Y-%m-%d %H:%M}", said, "", "gold"


def imported(
    account: Any, user: Any, file: Iterator[tuple[str, ...]], *, kind: str, folder: Path
) -> tuple[float, float]:
    """Seconds, and by how many MB the memory grew at most."""
    from contacts.import_jobs import ImportJob  # noqa: PLC0415
    from promoter.lib.scratch import database_url  # noqa: PLC0415
    from tests.contacts.uploads import csv_bytes, queued  # noqa: PLC0415

    queued(account, user, csv_bytes(*file), kind=kind)
    # A process of its own, as a worker is: ours has held a million contacts.
    worker = subprocess.run(
        [sys.executable, "-m", __spec__.name, "--work"],
        env=os.environ | {"DATABASE_URL": database_url(), "DATA_DIR": str(folder)},
        check=True,
        capture_output=True,
        text=True,
    )
    job = ImportJob.objects.latest("pk")
    assert (job.status, job.rejected) == ("done", 0), job.error
    assert job.rows_done == job.rows_total
    seconds, grown = worker.stdout.split()
    return float(seconds), float(grown)


def work() -> None:
    """Import what waits; print the seconds and the megabytes."""
    from django.utils import timezone  # noqa: PLC0415

    from contacts.import_jobs import ImportJob  # noqa: PLC0415
    from contacts.importing.runs import run  # noqa: PLC0415

    job = ImportJob.objects.claim(now=timezone.now())
    assert job is not None
    begun = time.perf_counter()
    with watched() as growth:
        run(job=job, clock=timezone.now, until=timezone.now() + timedelta(hours=1))
    print(time.perf_counter() - begun, growth())


@contextmanager
def watched() -> Iterator[Callable[[], float]]:
    """By how many MB this process's memory is above where it began, at most."""
    before = highest = resident()
    over = threading.Event()

    def look() -> None:
        nonlocal highest
        while not over.wait(0.02):
            highest = max(highest, resident())

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield lambda: (highest - before) / MB
    finally:
        over.set()
        thread.join()


def resident() -> int:
    """Bytes; Linux only."""
    pages_of_memory = int(Path("/proc/self/statm").read_text().split()[1])
    return pages_of_memory * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    sys.exit(main())
