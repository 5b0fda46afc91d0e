"""How long the pages of results take, and what a report without daily sums would ask of
the rows: `make bench ONLY=reports`, `ARGS="--count 10000 10000000"` for other sizes than
10,000 to a million.

Server time, by Django's test client, the median of seven (of three where one takes longer
than two seconds): of the processor, which a busy machine changes little, and of the clock.
The scratch database is made beside the configured one and dropped at the end. Ten million
answers take 25 GB of disk for the time.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import django
from django.core.management import call_command

from tests.performance.tables import machine, record, short, table

PAGES = {
    "dashboard, 30 days": "/",
    "dashboard, all": "/?range=all",
    "dashboard, plan = pro": "/?range=365&attribute=plan&value=pro",
    "dashboard, each once": "/?range=all&latest=yes",
    "dashboard, two attributes": "/?attribute=plan&value=pro&attribute=country&value=DE",
    "by plan, 30 days": "/results/by-attribute/?key=plan",
    "by plan, all": "/results/by-attribute/?key=plan&range=all",
    "by plan of one country": "/results/by-attribute/?key=plan&attribute=country&value=DE",
    "by company, 30 days": "/results/by-attribute/?key=company",
    "by company, all": "/results/by-attribute/?key=company&range=all",
    "plan against country": "/results/by-attribute/?key=plan&by=country",
    "the same, all": "/results/by-attribute/?key=plan&by=country&range=all",
    "inbox, a common word": "/responses/?tab=all&q=support",
    "inbox, a rare word": "/responses/?tab=all&q=unheard",
}
COUNTS = [10_000, 100_000, 1_000_000]
TURNS, FEW_TURNS = 7, 3
Cost = tuple[float, float]
ASKED = ("scores, all", "by plan, all", "by company, all", "plan against country, all")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, nargs="+", default=COUNTS)
    counts = parser.parse_args().count
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "promoter.settings")
    django.setup()
    # What follows needs the apps to be there.
    from django.conf import settings  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    from promoter.lib.scratch import scratch_database  # noqa: PLC0415

    # As in production: no record of queries is kept.
    settings.DEBUG, settings.ALLOWED_HOSTS = False, ["localhost"]
    found = {}
    for count in counts:
        with (
            tempfile.TemporaryDirectory(prefix="bench-") as folder,
            scratch_database(Path(folder)),
        ):
            found[count] = measure(count)
    record(f"reports {connection.vendor}", lines_of(found, connection.vendor))


def lines_of(found: dict[int, dict[str, Cost]], vendor: str) -> list[str]:
    """Sizes side by side, and how many times as long the rows take as the sums."""
    names = list(next(iter(found.values())))
    rows = [
        [name, *(f"{short(of[name][0])} ({short(of[name][1])})" for of in found.values())]
        for name in names
    ]
    for what in ASKED:
        ratios = (of[f"rows: {what}"][0] / of[f"sums: {what}"][0] for of in found.values())
        rows.append([f"rows / sums: {what}", *(f"{ratio:,.0f} x" for ratio in ratios)])
    heads = [f"{count:,} answers" for count in found]
    said = "Milliseconds of the processor (of the clock)."
    return [f"{machine(vendor)} {said}", "", *table(["page", *heads], rows)]


def measure(count: int) -> dict[str, Cost]:
    """Name -> milliseconds."""
    from django.db import connection  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from surveys.daily_sums.rolling_up import report_by, report_by_pair, roll_up  # noqa: PLC0415

    account, user = made_account()
    begun = time.monotonic()
    call_command("seed_responses", count=count, yes=True)
    report_by(account=account, key="company")
    report_by_pair(account=account, names=["plan", "country"])
    while roll_up(account=account, now=timezone.now()):
        pass
    print(f"Seeded and summed up in {time.monotonic() - begun:.0f} s.", flush=True)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")
    return measured(account, user, Client(SERVER_NAME="localhost"))


def measured(account: Any, user: Any, client: Any) -> dict[str, Cost]:
    """Of an account that is filled and summed up."""
    from django.db import connection  # noqa: PLC0415

    client.force_login(user)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Else processes that nobody counts would share the work.
            cursor.execute("SET max_parallel_workers_per_gather = 0")

    def page(address: str) -> Callable[[], object]:
        def get() -> object:
            answer = client.get(address)
            assert answer.status_code == 200, (address, answer.status_code)
            return b"".join(answer) if answer.streaming else answer.content

        return get

    found = {}
    asked = {name: page(address) for name, address in PAGES.items()}
    for name, ask in asked.items():
        found[name] = cost(ask)
        print(f"  {name:28} {found[name][0]:8.1f} ms ({found[name][1]:.1f})", flush=True)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # What is asked of the rows takes longer than any page may.
            cursor.execute("SET statement_timeout = 0")
        for name, ask in proved_equal(account).items():
            found[name] = cost(ask)
            print(
                f"  {name:28} {found[name][0]:8.1f} ms ({found[name][1]:.1f})", flush=True
            )
    return found


def made_account() -> tuple[Any, Any]:
    from django.utils import timezone  # noqa: PLC0415

    from campaigns.models import Campaign, EmailTemplate  # noqa: PLC0415
    from contacts.models import ContactList  # noqa: PLC0415
    from promoter.accounts.models import Account, Membership, User  # noqa: PLC0415

    account = Account.objects.create(name="Bench", postal_address="1 Bench Road")
    user = User.objects.create(email="bench@example.com")
    Membership.objects.create(account=account, user=user, role="owner")
    template = EmailTemplate.objects.create(account=account, name="T", subject="How?")
    contact_list = ContactList.objects.create(account=account, name="All")
    for place in range(5):
        Campaign.objects.create(
            account=account,
            name=f"Campaign {place}",
            status=Campaign.Status.ACTIVE,
            event_name=f"Event {place}",
            email_template=template,
            contact_list=contact_list,
            activated_at=timezone.now(),
        )
    return account, user


def proved_equal(account: Any) -> dict[str, Callable[[], object]]:
    """What is asked of the rows and of the sums, to time it; both say the same."""
    from django.db.models import Count  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from surveys.daily_sums.attribute_text import key_of, text_of  # noqa: PLC0415
    from surveys.daily_sums.coverage import Coverage  # noqa: PLC0415
    from surveys.daily_sums.reading import By  # noqa: PLC0415
    from surveys.figures import BAND_COUNTS, Figures  # noqa: PLC0415
    from surveys.models import Response  # noqa: PLC0415
    from surveys.selections import Selection  # noqa: PLC0415
    from surveys.windows import Window  # noqa: PLC0415

    now = timezone.now()
    window = Window(now - timedelta(days=800), now)
    rows = Response.objects.filter(
        account=account, responded_at__gte=window.start, responded_at__lt=window.end
    ).order_by()

    def scores() -> object:
        counted = dict(rows.values_list("score").annotate(Count("pk")))
        return [counted.get(score, 0) for score in range(11)]

    def bands(key: str) -> object:
        named = rows.annotate(value=text_of("attributes", key=key))
        counted = named.values_list("value").annotate(**BAND_COUNTS)
        return {value: tuple(of) for value, *of in counted}

    def figures(key: str = "") -> Figures:
        return Figures(Selection(account), Coverage.of(account, now=now), key)

    both = key_of(["plan", "country"]) or ""
    pairs: list[tuple[Callable[[], object], Callable[[], object]]] = [
        (scores, lambda: list(figures().distributions(window, By.NOTHING)[None])),
        (lambda: bands("plan"), lambda: figures("plan").bands_by_value(window)),
        (lambda: bands("company"), lambda: figures("company").bands_by_value(window)),
        (lambda: bands(both), lambda: figures(both).bands_by_value(window)),
    ]
    found = {}
    for what, (of_rows, of_sums) in zip(ASKED, pairs, strict=True):
        assert of_rows() == of_sums(), what
        found |= {f"sums: {what}": of_sums, f"rows: {what}": of_rows}
    return found


def cost(ask: Callable[[], object]) -> Cost:
    """Milliseconds of the processor, ours and the database's together, and of the clock:
    the median of each."""
    begun = time.perf_counter()
    ask()
    turns = TURNS if time.perf_counter() - begun < 2 else FEW_TURNS
    took = []
    for _ in range(turns):
        busy, begun = processor_seconds(), time.perf_counter()
        ask()
        took.append((processor_seconds() - busy, time.perf_counter() - begun))
    busy_ones, all_ones = zip(*took, strict=True)
    return 1_000 * statistics.median(busy_ones), 1_000 * statistics.median(all_ones)


def processor_seconds() -> float:
    """Of this process, and of PostgreSQL's that works for it, which runs beside."""
    from django.db import connection  # noqa: PLC0415

    if connection.vendor != "postgresql":
        return time.process_time()
    spent = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat").read_text()
    return time.process_time() + int(spent.split()[0]) / 1e9


if __name__ == "__main__":
    sys.exit(main())
