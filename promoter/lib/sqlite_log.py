"""SQLite's write-ahead log: pages as they were before, until it is cut."""

from __future__ import annotations

from django.db import connection

# Writers wait meanwhile, and readers may take longer than that: then the next time.
PATIENCE_MS = 200


def cut() -> bool:
    """Write the log's pages into the database and cut its file to nothing.

    False when somebody was reading or writing for too long; True on PostgreSQL, which
    has no such log. Not inside a transaction.
    """
    if connection.vendor != "sqlite":
        return True
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        usual = cursor.fetchone()[0]
        cursor.execute(f"PRAGMA busy_timeout = {PATIENCE_MS}")
        try:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return not cursor.fetchone()[0]
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {usual}")
