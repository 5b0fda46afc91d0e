"""Say that something happened; who wants to know is told soon after the commit."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from promoter.accounts.models import Account
from promoter.webhooks.models import Delivery, Endpoint


def enqueue(
    *, account: Account, event_type: str, payload: Mapping[str, object], now: datetime
) -> int:
    """Write what is to be told, once for each endpoint that wants it; how many do.

    Call it in the transaction of what it tells of: both are kept, or neither. Nothing is
    sent here; the worker that looks every few seconds does that.
    """
    return enqueue_all(account=account, event_type=event_type, payloads=[payload], now=now)


def enqueue_all(
    *,
    account: Account,
    event_type: str,
    payloads: Sequence[Mapping[str, object]],
    now: datetime,
) -> int:
    """The same of several things of one kind, in a few statements."""
    endpoints = Endpoint.objects.wanting(event_type, account=account)
    timestamp = now.astimezone(UTC).isoformat(timespec="milliseconds")
    bodies = [
        json.dumps(
            {"type": event_type, "timestamp": timestamp, "data": payload},
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for payload in payloads
    ]
    Delivery.objects.bulk_create(
        Delivery(
            account=account,
            endpoint=endpoint,
            event_type=event_type,
            payload=body,
            created_at=now,
            due_at=now,
        )
        for body in bodies
        for endpoint in endpoints
    )
    return len(endpoints)
