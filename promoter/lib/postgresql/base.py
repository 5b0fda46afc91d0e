"""The engine of the database in settings.py; Django prescribes this module's name."""

from __future__ import annotations

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's for PostgreSQL, but for how a kept connection is found to be alive.

    Django asks `SELECT 1` before a request's first statement, which takes as long as the
    one statement of the page that a survey's link opens. A server that ended a connection
    has said so: the socket has something to read. Then, and after an error, it is asked.
    A line that died without a packet costs a request either way.
    """

    def is_usable(self) -> bool:
        if self.connection is None or self.connection.closed:
            return False
        if self.errors_occurred:
            return bool(super().is_usable())
        arrived = select.poll()
        arrived.register(self.connection.fileno(), select.POLLIN)
        return not arrived.poll(0) or bool(super().is_usable())
