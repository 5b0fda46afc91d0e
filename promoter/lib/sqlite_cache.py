"""SQLite's pages at hand: as many as a long work walks over again and again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

# Of the usual 2 MB the indexes of 100,000 contacts are no longer kept: each page that a new
# one touches is read anew.
KEPT_KB = 32 * 1024


@contextmanager
def large_cache() -> Iterator[None]:
    """For this connection, and until the end: there are many connections. Nothing on
    PostgreSQL, whose cache all share."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA cache_size")
        usual = cursor.fetchone()[0]
        cursor.execute(f"PRAGMA cache_size = -{KEPT_KB}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA cache_size = {usual}")
