"""When to try a delivery again: the schedule of Standard Webhooks 1.0, as arithmetic."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

# Before the first try, the second, ...: ten tries within about 75 hours and a half.
WAITS = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
MAX_ATTEMPTS = len(WAITS)
# Up to a tenth longer, so that what failed together does not come back together.
JITTER = 0.1
# A receiver may ask for patience, not for ever.
MAX_RETRY_AFTER = timedelta(hours=24)


def next_due(
    *, attempt: int, webhook_id: str, now: datetime, retry_after: str | None = None
) -> datetime | None:
    """When to try again after this many tries; None when that was the last.

    The jitter comes from the id and the try, so it needs no dice and can be foretold.
    """
    if attempt >= MAX_ATTEMPTS:
        return None
    draw = hashlib.sha256(f"{webhook_id} {attempt}".encode()).digest()[:4]
    wait = WAITS[attempt] * (1 + JITTER * int.from_bytes(draw, "big") / 2**32)
    return now + max(wait, asked_patience(retry_after, now=now))


def asked_patience(retry_after: str | None, *, now: datetime) -> timedelta:
    """What a Retry-After header asks for (RFC 9110 10.2.3), 0 to 24 hours."""
    text = (retry_after or "").strip()
    wait = timedelta(0)
    if text.isascii() and text.isdigit():
        wait = timedelta(seconds=min(int(text[:9]), 10**8))
    elif text:
        try:
            until = parsedate_to_datetime(text)
        except ValueError:
            return wait
        # `-0000` gives a naive one; it is in UTC too (RFC 5322 3.3).
        wait = (until if until.tzinfo else until.replace(tzinfo=UTC)) - now
    return min(max(wait, timedelta(0)), MAX_RETRY_AFTER)
