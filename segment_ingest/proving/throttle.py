"""Prove that a throttle is exact, however many events of one person arrive at once.

Threads with connections of their own store each person's events side by side, as the web
server's threads do, while others process what waits, as workers do.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from threading import Barrier, Event

from django.db import OperationalError, connections
from django.db.models import Count, Q

from campaigns.models import Campaign, EmailTemplate, Throttle
from contacts.models import Contact, ContactList
from promoter.accounts.models import Account, ApiKey
from segment_ingest.accept import accept
from segment_ingest.models import SegmentMessage
from segment_ingest.processing import process_round

Verdict = SegmentMessage.Verdict
EVENT = "Proof"


@dataclass(frozen=True, slots=True)
class ThrottleProof:
    """What was sent, and what the database says afterwards."""

    contacts: int
    events: int
    workers: int
    taken: int
    surveys: int
    asked_twice: int
    verdicts: Counter[str]
    seconds: float

    @property
    def figures(self) -> dict[str, object]:
        return {
            "contacts": self.contacts,
            "each": self.events,
            "workers": self.workers,
            "taken": self.taken,
            "surveys": self.surveys,
            "twice": self.asked_twice,
            "throttled": self.verdicts[Verdict.THROTTLED],
            "other": self._other,
            "seconds": f"{self.seconds:.1f}",
            "events/s": f"{self.taken / self.seconds:.0f}",
        }

    @property
    def breaches(self) -> list[str]:
        sent = self.contacts * self.events
        scheduled = self.verdicts[Verdict.SCHEDULED]
        found = {
            f"{self.taken} events were taken of {sent}": self.taken != sent,
            f"{self.surveys} surveys of {self.contacts} people": (
                self.surveys != self.contacts
            ),
            f"{self.asked_twice} people were asked twice": self.asked_twice > 0,
            f"{scheduled} events were told of a survey, not {self.surveys}": (
                scheduled != self.surveys
            ),
            f"{self._other} events are neither scheduled nor throttled": self._other > 0,
        }
        return [sentence for sentence, broken in found.items() if broken]

    @property
    def _other(self) -> int:
        known = self.verdicts[Verdict.SCHEDULED] + self.verdicts[Verdict.THROTTLED]
        return self.verdicts.total() - known


def prove_throttle(
    *, contacts: int, events: int, workers: int, now: datetime
) -> ThrottleProof:
    """So many people, each with so many events at once, on an account made for it."""
    account, key = _account(contacts=contacts, events=events, now=now)
    barrier = Barrier(events + workers + 1)
    all_sent = Event()
    send = partial(_send, contacts=contacts, key=key, now=now, barrier=barrier)
    with ThreadPoolExecutor(events + workers) as pool:
        sending = [pool.submit(send, number) for number in range(events)]
        working = [
            pool.submit(_work, all_sent, now=now, barrier=barrier) for _ in range(workers)
        ]
        barrier.wait()
        start = time.monotonic()
        try:
            taken = sum(each.result() for each in sending)
        finally:
            all_sent.set()
        for each in working:
            each.result()
        seconds = time.monotonic() - start
    asked = account.contacts.annotate(times=Count("surveys"))
    messages = SegmentMessage.objects.filter(account=account)
    return ThrottleProof(
        contacts=contacts,
        events=events,
        workers=workers,
        taken=taken,
        surveys=account.surveys.filter(skip_reason="").count(),
        asked_twice=asked.filter(times__gt=1).count(),
        verdicts=Counter(messages.values_list("verdict", flat=True)),
        seconds=seconds,
    )


def _account(*, contacts: int, events: int, now: datetime) -> tuple[Account, str]:
    account = Account.objects.create(name="Proof", daily_event_limit=contacts * events)
    key = ApiKey.objects.issue(account=account, name="Proof", now=now)[1]
    Campaign.objects.create(
        account=account,
        name="Proof",
        status=Campaign.Status.ACTIVE,
        event_name=EVENT,
        email_template=EmailTemplate.objects.create(
            account=account, name="Proof", subject="Proof", brand="Proof"
        ),
        contact_list=ContactList.objects.create(account=account, name="Proof"),
        throttle=Throttle.objects.create(account=account, name="Proof", days=30),
        # Far more people than usual, on purpose.
        burst_allowed_until=now + timedelta(days=1),
        activated_at=now,
        first_event_at=now,
    )
    people = [Contact(account=account, user_id=str(each)) for each in range(contacts)]
    for person in people:
        person.set_email(f"person{person.user_id}@example.com")
    Contact.objects.bulk_create(people)
    return account, key


def _send(number: int, *, contacts: int, key: str, now: datetime, barrier: Barrier) -> int:
    """One event of each person; how many were taken."""
    barrier.wait()
    taken = 0
    try:
        for person in range(contacts):
            event = {
                "event": EVENT,
                "userId": str(person),
                "messageId": f"{number}-{person}",
            }
            body = json.dumps(event).encode()
            answer = accept(call="track", body=body, key=key, gzipped=False, now=now)
            taken += answer.status == 200
    finally:
        connections.close_all()
    return taken


def _work(all_sent: Event, *, now: datetime, barrier: Barrier) -> None:
    """Process until all is sent and nothing waits."""
    barrier.wait()
    waiting = Q(verdict=Verdict.PENDING)
    try:
        while not all_sent.is_set() or SegmentMessage.objects.filter(waiting).exists():
            try:
                done = process_round(now=now, limit=100).messages
            except OperationalError:
                # As in a worker: the database was busy, the next run does it.
                done = 0
            if not done:
                all_sent.wait(0.01)
    finally:
        connections.close_all()
