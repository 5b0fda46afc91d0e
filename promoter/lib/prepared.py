"""Statements that PostgreSQL plans once a connection, not each time they are run.

Django writes the values into the text, so each run is another statement to the server. Of
a large one that is run for every request, planning is half of what it costs. A pooler in
front must keep sessions apart, as it must for other reasons.
"""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper


def prepared_cursor() -> CursorWrapper:
    """As connection.cursor(), but its statements stay with the server: for few and fixed
    ones only. PostgreSQL only."""
    if connection.queries_logged:
        # Who reads along wants the text with its values; a prepared one has none.
        return connection.cursor()
    database: Any = connection
    database.ensure_connection()
    cursor = database.Database.Cursor(database.connection)
    return connection.make_cursor(cursor)
