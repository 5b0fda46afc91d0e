"""How fast what came in becomes contacts, surveys and verdicts, beside the same rules
event by event: `make bench ONLY=processing`, `ARGS="--contacts 1000 --rounds 5"`.

Half of the events are identifies, half are tracks of whom was just identified; half of
the tracks match a campaign with a throttle. Each round processes new events of people who
are there already, and the two take turns.
"""

from __future__ import annotations

import argparse
import gc
import os
import secrets
import statistics
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import django

from tests.performance.tables import machine, record, short, spread, table

OURS, PLAIN = "ours", "one by one"
EVENTS = {OURS: 6_000, PLAIN: 400}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=3)
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
    settings.DEBUG = False
    data = Path(os.environ.get("DATA_DIR", "var")).resolve() / "tmp"
    data.mkdir(parents=True, exist_ok=True)
    rows = []
    for contacts in chosen.contacts:
        with (
            tempfile.TemporaryDirectory(prefix="bench-", dir=data) as folder,
            scratch_database(Path(folder)),
        ):
            if connection.vendor == "postgresql":
                keep_every_commit()
            rows.append(measure(contacts, chosen.rounds))
        is_sqlite = connection.vendor == "sqlite"
    head = ["contacts", "ours, events/s", "one by one, events/s", "x"]
    database = "SQLite, synchronous=FULL" if is_sqlite else "PostgreSQL, fsync on"
    lines = [machine(database), "", *table(head, rows)]
    record(f"processing {'sqlite' if is_sqlite else 'postgresql'}", lines)


def measure(contacts: int, rounds: int) -> list[str]:
    from django.db import connection  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from segment_ingest.processing import process_account  # noqa: PLC0415
    from tests.performance.plain_processing import process_one_by_one  # noqa: PLC0415

    # As a worker does at its start.
    gc.freeze()

    def ours(account: Any, now: datetime) -> int:
        total = 0
        while step := process_account(account_id=account.pk, now=now).messages:
            total += step
        return total

    work: dict[str, Callable[[Any, datetime], int]] = {
        OURS: ours,
        PLAIN: lambda account, now: process_one_by_one(account, now=now),
    }
    accounts = {name: made_account(contacts) for name in work}
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    rates: dict[str, list[float]] = defaultdict(list)
    shares: dict[str, Counter[str]] = {}
    for turn in range(rounds + 1):
        for name, process in work.items():
            count = EVENTS[name] if turn else 100
            run = store_events(accounts[name], contacts, count)
            now, begun = timezone.now(), time.perf_counter()
            assert process(accounts[name], now) == count
            if turn:
                rates[name].append(count / (time.perf_counter() - begun))
            shares[name] = verdicts(accounts[name], run)
    print(f"{contacts:,} contacts: {dict(shares[OURS])}, {dict(shares[PLAIN])}", flush=True)
    pairs = zip(rates[OURS], rates[PLAIN], strict=True)
    ratio = statistics.median(a / b for a, b in pairs)
    return [f"{contacts:,}", spread(rates[OURS]), spread(rates[PLAIN]), short(ratio)]


def made_account(contacts: int) -> Any:
    from django.utils import timezone  # noqa: PLC0415

    from campaigns.models import Campaign, EmailTemplate, Throttle  # noqa: PLC0415
    from contacts.models import Contact, ContactList  # noqa: PLC0415
    from promoter.accounts.models import Account  # noqa: PLC0415

    account = Account.objects.create(name="Bench", postal_address="1 Bench Road")
    Campaign.objects.create(
        account=account,
        name="Bench",
        status=Campaign.Status.ACTIVE,
        event_name="Order Completed",
        email_template=EmailTemplate.objects.create(account=account, name="T", subject="?"),
        contact_list=ContactList.objects.create(account=account, name="All"),
        throttle=Throttle.objects.create(account=account, name="Monthly", days=30),
        activated_at=timezone.now(),
    )
    people = (Contact(account=account, user_id=f"u{n}") for n in range(contacts))

    def with_address() -> Any:
        for person in people:
            person.set_email(f"{person.user_id}@example.com")
            yield person

    Contact.objects.bulk_create(with_address(), batch_size=2_000)
    return account


def store_events(account: Any, contacts: int, count: int) -> str:
    """The messages as ingest leaves them; what their ids begin with."""
    from django.utils import timezone  # noqa: PLC0415

    from segment_ingest.models import SegmentMessage  # noqa: PLC0415

    now, run = timezone.now(), secrets.token_hex(4)

    def message(number: int) -> SegmentMessage:
        # People of all the table, each pair of events of one.
        user = f"u{number // 2 * 7_919 % contacts}"
        is_track = number % 2
        event = "Order Completed" if number % 4 == 1 else "Page Opened"
        traits = {"email": f"{user}@example.com", "plan": "pro", "seats": number}
        extra = {"event": event} if is_track else {"traits": traits}
        return SegmentMessage(
            account=account,
            message_id=f"{run}-{number}",
            type="track" if is_track else "identify",
            user_id=user,
            event=event if is_track else "",
            body={"userId": user, "messageId": f"{run}-{number}", **extra},
            timestamp=now,
            received_at=now,
        )

    SegmentMessage.objects.bulk_create(map(message, range(count)), batch_size=1_000)
    return run


def verdicts(account: Any, run: str) -> Counter[str]:
    from segment_ingest.models import SegmentMessage  # noqa: PLC0415

    rows = SegmentMessage.objects.filter(account=account, message_id__startswith=run)
    return Counter(rows.values_list("verdict", flat=True))


if __name__ == "__main__":
    sys.exit(main())
