"""Telling a database that is away from a bug."""

from __future__ import annotations

from django.db import InterfaceError, InternalError, OperationalError

# A standby that has not been promoted yet, or a primary that was told to be read-only.
READ_ONLY = "25006"


def is_away(error: object) -> bool:
    """Whether asking again later helps: nobody answers, no connection is free, a disk is
    full, a lock is held too long, nothing may be written."""
    if isinstance(error, InternalError):
        return getattr(error.__cause__, "sqlstate", "") == READ_ONLY
    return isinstance(error, OperationalError | InterfaceError)
