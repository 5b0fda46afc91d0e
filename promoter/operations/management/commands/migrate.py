"""Django's own command, with all the time it needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.commands import migrate
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

# What holds a page or a worker to seconds would end an index on a large table. The limit
# on waiting for a lock stays: a migration that waits has everybody else wait behind it.
LIMITS = ("statement_timeout", "idle_in_transaction_session_timeout")


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        with unhurried(connections[options["database"]]):
            super().handle(*args, **options)


@contextmanager
def unhurried(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Without the limits of settings.DATABASES; only PostgreSQL has them."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        for limit in LIMITS:
            cursor.execute(f"SET {limit} = 0")
    try:
        yield
    finally:
        # A connection that has failed has no limits to bring back.
        if connection.is_usable():
            with connection.cursor() as cursor:
                for limit in LIMITS:
                    cursor.execute(f"RESET {limit}")
