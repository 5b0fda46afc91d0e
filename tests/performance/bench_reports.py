"""How long the pages of results take, beside the query that a report without daily sums
would ask: `make bench ONLY=reports`, `ARGS="--count 10000 100000"` for other sizes.

Server time, by Django's test client, the median of seven. The scratch database is made
beside the configured one and dropped at the end.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import django
from django.core.management import call_command

PAGES = {
    "dashboard, 30 days": "/",
    "dashboard, all": "/?range=all",
    "dashboard, plan = pro": "/?range=365&attribute=plan&value=pro",
    "dashboard, each once": "/?range=all&latest=yes",
    "dashboard, two attributes": "/?attribute=plan&value=pro&attribute=country&value=DE",
    "by plan, 30 days": "/results/by-attribute/?key=plan",
    "by plan, all": "/results/by-attribute/?key=plan&range=all",
    "by company (many)": "/results/by-attribute/?key=company",
    "plan against country": "/results/by-attribute/?key=plan&by=country",
    "the same, all": "/results/by-attribute/?key=plan&by=country&range=all",
    "inbox, a common word": "/responses/?tab=all&q=support",
    "inbox, a rare word": "/responses/?tab=all&q=unheard",
}
COUNTS = [10_000, 100_000, 1_000_000]
TURNS = 7


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--count", type=int, nargs="+", default=[10_000, 100_000, 1_000_000]
    )
    counts = parser.parse_args().count
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "promoter.settings")
    django.setup()
    # What follows needs the apps to be there.
    from django.conf import settings  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    from promoter.lib.scratch import scratch_database  # noqa: PLC0415

    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    )
    # As in production: no record of queries is kept.
    settings.DEBUG, settings.ALLOWED_HOSTS = False, ["localhost"]
    for count in counts:
        with (
            tempfile.TemporaryDirectory(prefix="bench-") as folder,
            scratch_database(Path(folder)),
        ):
            measure(count, connection.vendor)


def measure(count: int, vendor: str) -> None:
    from django.db import connection  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    account, user = made_account()
    begun = time.monotonic()
    call_command("seed_responses", count=count, yes=True)
    with connection.cursor() as cursor:
        if vendor == "postgresql":
            # The naive questions take longer than any page may.
            cursor.execute("SET statement_timeout = 0")
        cursor.execute("ANALYZE")
    seeded = time.monotonic() - begun
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)

    def page(address: str) -> Callable[[], object]:
        def get() -> object:
            answer = client.get(address)
            assert answer.status_code == 200, (address, answer.status_code)
            return b"".join(answer) if answer.streaming else answer.content

        return get

    print(f"\n{vendor}, {count:,} answers, seeded and summed up in {seeded:.0f} s")
    naive = prove_equal(account)
    for name, address in PAGES.items():
        print(f"  {name:28} {median(page(address)):8.1f} ms", flush=True)
    for name, ask in naive.items():
        print(f"  {name:28} {median(ask):8.1f} ms", flush=True)


def made_account() -> tuple[object, object]:
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


def prove_equal(account: object) -> dict[str, Callable[[], object]]:
    """That sums and rows say the same; and the questions asked of the rows, to time."""
    from django.db.models import Count  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from surveys.attribute_text import AttributeText  # noqa: PLC0415
    from surveys.coverage import Coverage  # noqa: PLC0415
    from surveys.figures import By, Figures  # noqa: PLC0415
    from surveys.models import Response  # noqa: PLC0415
    from surveys.selections import Selection  # noqa: PLC0415
    from surveys.windows import Window  # noqa: PLC0415

    now = timezone.now()
    window = Window(now - timedelta(days=800), now)
    rows = Response.objects.filter(
        account=account, responded_at__gte=window.start, responded_at__lt=window.end
    ).order_by()
    by_plan = rows.annotate(value=AttributeText("attributes", key="plan"))

    def scores() -> object:
        return dict(rows.values_list("score").annotate(Count("pk")))

    def plans() -> object:
        return {
            (value, score): count
            for value, score, count in by_plan.values_list("value", "score").annotate(
                Count("pk")
            )
        }

    figures = Figures(Selection(account), Coverage.of(account, now=now), "plan")
    assert scores() == {
        score: count
        for score, count in enumerate(figures.distributions(window)[None])
        if count
    }
    assert plans() == {
        (value, score): count
        for value, counts in figures.distributions(window, By.VALUE).items()
        for score, count in enumerate(counts)
        if count
    }
    return {"rows: score counts, all": scores, "rows: by plan, all": plans}


def median(ask: Callable[[], object]) -> float:
    """Milliseconds."""
    ask()
    took = []
    for _ in range(TURNS):
        begun = time.perf_counter()
        ask()
        took.append(time.perf_counter() - begun)
    return 1_000 * statistics.median(took)


if __name__ == "__main__":
    sys.exit(main())
