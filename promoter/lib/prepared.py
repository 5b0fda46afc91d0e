"""Statements that PostgreSQL plans once a connection, not each time they are run.

Django writes the values into the text, so each run is another statement to the server. Of
a large one that is run for every request, planning is half of what it costs. A pooler in
front must keep sessions apart, as it must for other reasons.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, NotSupportedError, connections


def ask_prepared(statement: str, values: Sequence[str]) -> list[tuple[Any, ...]]:
    """The rows that it answers; PostgreSQL only. Raises what the database does.

    For few and fixed statements only: they stay with the server. Values are texts, which
    the statement casts: to tell a list's type costs the driver more than to send it.
    """
    database: Any = connections[DEFAULT_DB_ALIAS]
    if database.queries_logged or database.execute_wrappers:
        # Who reads along wants the text with its values; a prepared one has none.
        with database.cursor() as cursor:
            cursor.execute(statement, values)
            return list(cursor.fetchall())
    try:
        return _ask(database, statement, values)
    except NotSupportedError:
        # A migration has changed a column that it answers: the next connection plans anew.
        if database.in_atomic_block:
            raise
        database.close()
        return _ask(database, statement, values)


def _ask(database: Any, statement: str, values: Sequence[str]) -> list[tuple[Any, ...]]:
    database.close_if_health_check_failed()
    database.ensure_connection()
    with database.wrap_database_errors:
        cursor = database.Database.Cursor(database.connection)
        cursor.execute(statement, values, prepare=True)
        return list(cursor.fetchall())
