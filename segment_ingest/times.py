"""When an event happened, from clocks that may be wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

# Below this a difference is the network or a client's own retry: correcting it would
# shuffle events that one client sent in order.
TOLERATED_SKEW = timedelta(minutes=1)
MAX_AHEAD = timedelta(minutes=5)
EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)


def parse_time(value: Any) -> datetime | None:
    """ISO 8601 as UTC (no zone means UTC); None for anything else."""
    if not isinstance(value, str) or len(value) > 64:
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
        if moment.tzinfo is None:
            return moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def event_time(*, event: dict[str, Any], sent_at: Any, received_at: datetime) -> datetime:
    """The event's time on our clock, never more than five minutes ahead.

    received_at - (sentAt - timestamp), as Segment documents. An event with a `receivedAt`
    has been through Segment, which corrected its timestamp: it is taken as it stands
    (a replayed year-old event would look new otherwise). Without a usable timestamp it
    happened when it came.
    """
    through_segment = parse_time(event.get("receivedAt")) is not None
    order = ("timestamp", "originalTimestamp")
    first, second = order if through_segment else reversed(order)
    moment = parse_time(event.get(first)) or parse_time(event.get(second))
    if moment is None:
        return received_at
    sent = None if through_segment else parse_time(event.get("sentAt") or sent_at)
    if sent is not None and abs(received_at - sent) > TOLERATED_SKEW:
        moment = _shift(moment, received_at - sent)
    return max(EARLIEST, min(moment, received_at + MAX_AHEAD))


def _shift(moment: datetime, by: timedelta) -> datetime:
    try:
        return moment + by
    except OverflowError:
        return moment
