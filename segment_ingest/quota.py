"""The day of a quota, and how long it lasts. How it is kept exact: inbox_rows.py."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time, timedelta


def utc_day(now: datetime) -> date:
    return now.astimezone(UTC).date()


def seconds_to_reset(now: datetime) -> int:
    """Whole seconds to the next 00:00 UTC, at least 1: what Retry-After takes."""
    midnight = datetime.combine(utc_day(now) + timedelta(days=1), time.min, UTC)
    return max(1, math.ceil((midnight - now).total_seconds()))
