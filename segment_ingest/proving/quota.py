"""Prove that a day's limit is exact, however many write at once.

Threads with connections of their own call `accept`, as the web server's threads do, with
one moment for all of them: a run over midnight would have two days' limits.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from threading import Barrier

from django.db import connections

from promoter.accounts.models import Account, ApiKey
from segment_ingest.accept import accept
from segment_ingest.models import DailyUsage, SegmentMessage
from segment_ingest.used_up import refused

TAKEN, REFUSED = 200, 429


@dataclass(frozen=True, slots=True)
class QuotaProof:
    """What the threads were told, and what the database says afterwards."""

    tries: int
    threads: int
    limit: int
    statuses: Counter[int]
    stored: int
    counted: int
    counted_refused: int
    seconds: float

    @property
    def figures(self) -> dict[str, object]:
        rate = self.tries / self.seconds
        return {
            "tries": self.tries,
            "threads": self.threads,
            "limit": self.limit,
            "taken": self.statuses[TAKEN],
            "refused": self.statuses[REFUSED],
            "other": self._other,
            "stored": self.stored,
            "counted": self.counted,
            "seconds": f"{self.seconds:.1f}",
            "tries/s": f"{rate:.0f}",
        }

    @property
    def breaches(self) -> list[str]:
        wanted = min(self.limit, self.tries)
        taken, refused = self.statuses[TAKEN], self.statuses[REFUSED]
        found = {
            f"{taken} were taken, not {wanted}": taken != wanted,
            f"{self._other} got neither 200 nor 429": self._other > 0,
            f"{self.stored} are stored of {taken} taken": self.stored != taken,
            f"{self.counted} are counted of {taken} taken": self.counted != taken,
            f"{self.counted_refused} are counted of {refused} refused": (
                self.counted_refused != refused
            ),
        }
        return [sentence for sentence, broken in found.items() if broken]

    @property
    def _other(self) -> int:
        return self.tries - self.statuses[TAKEN] - self.statuses[REFUSED]


def prove_quota(*, tries: int, threads: int, limit: int, now: datetime) -> QuotaProof:
    """So many events, each its own, in so many threads, on an account made for it."""
    account = Account.objects.create(name="Proof", daily_event_limit=limit)
    key = ApiKey.objects.issue(account=account, name="Proof", now=now)[1]
    barrier = Barrier(threads + 1)
    send = partial(_send, key=key, now=now, barrier=barrier)
    with ThreadPoolExecutor(threads) as pool:
        # Thread 0 of 16 sends 0, 16, 32 ..., and so on: the shares differ by one at most.
        shares = [pool.submit(send, range(n, tries, threads)) for n in range(threads)]
        barrier.wait()
        start = time.monotonic()
        statuses = sum((share.result() for share in shares), Counter[int]())
        seconds = time.monotonic() - start
    refused.write_down()
    usage = DailyUsage.objects.get(account=account)
    return QuotaProof(
        tries=tries,
        threads=threads,
        limit=limit,
        statuses=statuses,
        stored=SegmentMessage.objects.filter(account=account).count(),
        counted=usage.accepted,
        counted_refused=usage.refused,
        seconds=seconds,
    )


def _send(numbers: range, *, key: str, now: datetime, barrier: Barrier) -> Counter[int]:
    """One thread's share; the answers by status."""
    statuses = Counter[int]()
    barrier.wait()
    try:
        for number in numbers:
            event = {"event": "Proof", "userId": str(number), "messageId": str(number)}
            body = json.dumps(event).encode()
            answer = accept(call="track", body=body, key=key, gzipped=False, now=now)
            statuses[answer.status] += 1
    finally:
        connections.close_all()
    return statuses
