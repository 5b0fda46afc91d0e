"""Take due deliveries for this worker, and rescue those of dead ones.

Any number of workers may do so at once: PostgreSQL's SKIP LOCKED hands each of them other
rows, SQLite lets one write at a time, and every UPDATE names the state it starts from.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from promoter.webhooks.models import Delivery
from promoter.webhooks.retrying import MAX_ATTEMPTS

BATCH = 20
"""Deliveries claimed at once; each is tried in a thread of its own."""
SHARE = 4
"""Of those, at most so many of one endpoint: a slow one must not make others wait."""
LOOK_AHEAD = 500
SWEEP = 500
# The try itself takes 10 s at most; a resolver with three silent servers 30 s more.
LEASE = timedelta(seconds=90)
STOPPED = "The worker stopped before the answer came"

Status = Delivery.Status


def claim_due(*, now: datetime) -> list[Delivery]:
    """Up to BATCH due deliveries as `sending`, ours until the lease ends; oldest first."""
    shares = _shares(now)
    if not shares:
        # The usual tick: one look at an index, and on SQLite no writer held up.
        return []
    until = now + LEASE
    with transaction.atomic():
        ids = list(
            Delivery.objects.due(now=now)
            .filter(pk__in=shares)
            .select_for_update(skip_locked=True)
            .order_by("due_at", "pk")
            .values_list("pk", flat=True)[:BATCH]
        )
        Delivery.objects.filter(pk__in=ids, status=Status.PENDING).update(
            status=Status.SENDING, attempt=F("attempt") + 1, lease_until=until
        )
    return list(
        Delivery.objects.filter(pk__in=ids, status=Status.SENDING, lease_until=until)
        .select_related("endpoint")
        .order_by("due_at", "pk")
    )


def _shares(now: datetime) -> list[int]:
    """The oldest few of each endpoint, among the oldest of all.

    An endpoint with more than LOOK_AHEAD of them can hold up others for as long as it
    takes to try these, not longer.
    """
    taken: dict[int, int] = {}
    ids = []
    due = Delivery.objects.due(now=now).order_by("due_at", "pk")
    for pk, endpoint in due.values_list("pk", "endpoint_id")[:LOOK_AHEAD]:
        taken[endpoint] = taken.get(endpoint, 0) + 1
        if taken[endpoint] <= SHARE:
            ids.append(pk)
    return ids


def sweep_expired(*, now: datetime) -> int:
    """Make due again what dead workers held; how many there were.

    It may have arrived, and then arrives twice, under one id. One that has ended its
    worker each time is not tried an eleventh time.
    """
    swept = 0
    rows = Delivery.objects.expired(now=now).order_by("lease_until")[:SWEEP]
    for row in rows:
        held = Delivery.objects.held(row)
        if row.attempt >= MAX_ATTEMPTS:
            end = {"status": Status.FAILED, "finished_at": now}
        else:
            end = {"status": Status.PENDING, "due_at": now}
        swept += held.update(**end, lease_until=None, error=STOPPED)
    return swept
