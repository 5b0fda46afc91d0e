"""SQLite has one writer at a time: work without end leaves room for people's requests."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

# Who waits for the writer looks ten times a second: in a shorter pause it may look away.
LONGEST_PAUSE_SECONDS = 0.1


@contextmanager
def leaving_room() -> Iterator[None]:
    """Do one step of a long work, then pause as long as it took. Without that the next
    step begins at once, and a request that looks now and then may wait for many. Nothing
    on PostgreSQL."""
    begin = time.monotonic()
    yield
    if connection.vendor == "sqlite":
        time.sleep(min(time.monotonic() - begin, LONGEST_PAUSE_SECONDS))
