"""Which events a campaign asks about that asks about a share of them only."""

from __future__ import annotations

import hashlib


def in_sample(*, campaign_id: int, message_id: str, percent: int) -> bool:
    """The same answer for the same event whenever it is asked, on every machine.

    A retry or a replay decides as the first time did; a higher percentage keeps all that
    a lower one took; two campaigns choose independently of each other.
    """
    if percent >= 100:
        return True
    named = f"{campaign_id}:{message_id}".encode("utf-8", "replace")
    number = int.from_bytes(hashlib.sha256(named).digest()[:8])
    return number % 100 < percent
