"""SQLite's file, written anew.

`secure_delete` overwrites what is deleted, but where rows move between pages their old
bytes may stay in the gaps: of 2,000 deleted rows about ten could still be read in the
file. Only VACUUM leaves nothing.
"""

from __future__ import annotations

import logging
from pathlib import Path

from django.db import OperationalError, connection

from promoter.lib import sqlite_log

# Writers wait meanwhile, about ten seconds at this size; they give up after twenty.
LARGEST_BYTES = 500 * 1024 * 1024

log = logging.getLogger(__name__)


def rewrite() -> bool:
    """Write the file and its log anew, without a byte of what was deleted.

    False for a larger file, which is left to a person in a quiet hour, and when somebody
    was writing for too long; True on PostgreSQL, which has no such file. Not inside a
    transaction.
    """
    if connection.vendor != "sqlite":
        return True
    if Path(connection.settings_dict["NAME"]).stat().st_size > LARGEST_BYTES:
        log.info("The database is too large to be written anew by itself: see docs.")
        return False
    try:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM")
    except OperationalError as error:
        log.warning("The database was not written anew: %s", error)
        return False
    return sqlite_log.cut()
