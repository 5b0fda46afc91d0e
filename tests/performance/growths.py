"""What grows, and what each path costs then; bench_growth.py draws it.

A growth begins in an empty database. Called with a size it adds rows until there are so
many, and says what each of its paths costs among them.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.test import Client, RequestFactory
from django.utils import timezone

from contacts.models import Contact
from promoter.accounts.models import Membership
from segment_ingest.front_door import answer_to
from segment_ingest.models import SegmentMessage
from segment_ingest.processing import process_account
from surveys.proving.sending import make_due
from surveys.seeding.answers import seed_responses
from tests.performance import bench_reports, waiting
from tests.performance.bench_ingest import UNLIMITED, account_of, made_key
from tests.performance.bench_processing import made_account, store_events
from tests.performance.copies import copies
from tests.performance.load import Load, basic

TENS = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
EVENTS = 3_000
PEOPLE = 1_000
TURNS, CALLS = 9, 200
Costs = dict[tuple[str, str], float]
"""By what is done and the unit of its cost."""


@dataclass(frozen=True, slots=True)
class Growth:
    """`is_afresh`: each size begins in an empty database of its own."""

    rows: str
    sizes: tuple[int, ...]
    begin: Callable[[], Callable[[int], Costs]]
    is_afresh: bool = False


def mails() -> Callable[[int], Costs]:
    """A tick that finds nothing due."""
    make_due(1, now=timezone.now() + timedelta(days=30))

    def costs(size: int) -> Costs:
        waiting.wait(size)
        return {("A tick, nothing due", "ms"): median(waiting.tick, turns=CALLS)}

    return costs


def contacts() -> Callable[[int], Costs]:
    """Working off events of people of all the table, and the first page of them."""
    account = made_account(1)
    first = Contact.objects.get(account=account)
    page = page_of(account, "/contacts/")

    def costs(size: int) -> Costs:
        copies(
            Contact,
            first.pk,
            size - Contact.objects.filter(account=account).count(),
            user_id="'u' || {n}",
            email="'u' || {n} || '@example.com'",
            address_digest="'digest-' || {n}",
        )
        return {
            ("Processing", "µs an event"): processed(account, size),
            ("Contacts, first page", "ms"): median(page),
        }

    return costs


def inbox() -> Callable[[int], Costs]:
    """Taking an event, and working events off, among old ones of the same account."""
    account = made_account(PEOPLE)
    key = made_key(UNLIMITED)
    now = timezone.now()
    load = Load("", timestamp=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"))
    old = [
        SegmentMessage.objects.create(
            account_id=owner,
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
        for owner in (account.pk, account_of(key))
    ]
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

    def costs(size: int) -> Costs:
        more = size - SegmentMessage.objects.count()
        names = {"message_id": "'old-' || {n}", "user_id": "'old-' || {n}"}
        # Half of them are of each of the two accounts.
        for first in old:
            copies(SegmentMessage, first.pk, more // 2, **names)
        return {
            ("One event to its 200", "ms"): median(call, turns=CALLS),
            ("Processing among old messages", "µs an event"): processed(account, PEOPLE),
        }

    return costs


def answers() -> Callable[[int], Costs]:
    """Pages of results, of answers of two years."""
    account, user = bench_reports.made_account()
    pages = {
        "Dashboard": page_of(account, "/?range=all", user),
        "By plan": page_of(account, "/results/by-attribute/?key=plan&range=all", user),
    }

    def costs(size: int) -> Costs:
        seed_responses(account=account, count=size, now=timezone.now())
        return {(name, "ms"): median(page) for name, page in pages.items()}

    return costs


GROWTHS = {
    "waiting": Growth("waiting mails", (10, 100, *TENS), mails),
    "contacts": Growth("contacts", TENS[:-1], contacts),
    "inbox": Growth("rows in the inbox", TENS, inbox),
    "answers": Growth("answers", TENS[:-1], answers, is_afresh=True),
}


def processed(account: Any, people: int) -> float:
    """Microseconds an event."""
    times = []
    for _ in range(3):
        store_events(account, people, EVENTS)
        begun = time.perf_counter()
        while process_account(account_id=account.pk, now=timezone.now()).messages:
            pass
        times.append(time.perf_counter() - begun)
    return 1e6 * statistics.median(times) / EVENTS


def page_of(account: Any, address: str, user: Any = None) -> Callable[[], float]:
    """Milliseconds of the whole request, as a member of the account."""
    if user is None:
        user = get_user_model().objects.create(email="bench@example.com")
        Membership.objects.create(account=account, user=user, role="owner")
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)

    def ask() -> float:
        begun = time.perf_counter()
        assert client.get(address).status_code == 200
        return 1_000 * (time.perf_counter() - begun)

    return ask


def median(step: Callable[[], float], *, turns: int = TURNS) -> float:
    """After a first one that warms up."""
    step()
    return statistics.median(step() for _ in range(turns))
