"""How long a process waits for PostgreSQL, in whatever way it hangs.

`statement_timeout` is the server's word, and one that is stopped, or whose machine is gone,
keeps no word: the thread that asked it would wait for ever. So web servers and workers
also count for themselves. Other commands don't: who runs one can end it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

# More than settings' statement_timeout: a server that is well gives up by itself, and
# keeps its connection.
SECONDS = 20.0

_of_thread = threading.local()


class ImpatientConnection(psycopg.Connection[Any]):
    """The driver's own, but that each wait for the server comes to an end.

    It is closed then: what it was asked may be answered any time, or never.
    """

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        seconds = _seconds()
        try:
            return super().wait(gen, interval, seconds)
        except psycopg.errors._WaitTimeout:
            self.close()
            raise psycopg.OperationalError(
                f"the server did not answer within {seconds:.0f} s"
            ) from None


def begin() -> None:
    """From the next connection on, in this process."""
    connection_created.connect(_make_impatient)


def end() -> None:
    """Those to come wait as long as they like again."""
    connection_created.disconnect(_make_impatient)


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """In this thread meanwhile, for each answer: a probe has less time than a page."""
    before = _seconds()
    _of_thread.seconds = seconds
    try:
        yield
    finally:
        _of_thread.seconds = before


def _seconds() -> float:
    return getattr(_of_thread, "seconds", SECONDS)


def _make_impatient(connection: BaseDatabaseWrapper, **_: Any) -> None:
    # Django's way to the driver leaves no room for a class of one's own.
    if connection.vendor == "postgresql":
        connection.connection.__class__ = ImpatientConnection
