"""Count in memory what comes too often for a write each.

A thread of its own writes the counts down, a while after the first of them; then it ends,
so that nothing is left running when nothing is counted. A process that ends has it write at
once and waits for it; one that is killed loses what it had counted in that while.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from typing import Generic, TypeVar

from django.db import DatabaseError, InterfaceError, connections

log = logging.getLogger(__name__)
What = TypeVar("What", bound=Hashable)


class Tally(Generic[What]):
    """`write` adds the counts to the database, all or none of them. `seconds` says how
    long they may wait for it; 0 has each written before `add` is through."""

    def __init__(
        self, write: Callable[[Mapping[What, int]], None], *, seconds: Callable[[], float]
    ) -> None:
        self._write = write
        self._seconds = seconds
        self._lock = threading.Lock()
        self._counts: Counter[What] = Counter()
        self._is_awaited = False

    def add(self, what: What) -> None:
        """One more of it."""
        seconds = self._seconds()
        with self._lock:
            self._counts[what] += 1
            starts = seconds > 0 and not self._is_awaited
            self._is_awaited = self._is_awaited or starts
        if starts:
            # Said aloud, as the threads of a server in Rust are daemons to Python and would
            # hand that down: the interpreter waits for this one before it ends.
            threading.Thread(target=self._write_late, args=(seconds,), daemon=False).start()
        elif seconds <= 0:
            self.write_down()

    def write_down(self) -> None:
        """All that is counted so far. What the database doesn't take at the moment waits
        for the next time."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        if not counts:
            return
        try:
            self._write(counts)
        except (DatabaseError, InterfaceError) as error:
            log.warning("%d are counted in memory only: %s", counts.total(), error)
            with self._lock:
                self._counts += counts

    def _write_late(self, seconds: float) -> None:
        # It ends when the process is about to.
        threading.main_thread().join(seconds)
        with self._lock:
            self._is_awaited = False
        try:
            self.write_down()
        finally:
            connections.close_all()
