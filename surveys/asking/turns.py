"""When whose turn is in a campaign to a list: arithmetic and names, no rows, no clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from campaigns.models import Campaign


def place_in_time(
    *, start: datetime, spread_days: int, position: int, members: int
) -> datetime:
    """When the one at this position (from 0) of so many members is asked: evenly over the
    days, the first at the start and the last before the days are over."""
    return start + timedelta(days=spread_days) * position / max(members, 1)


def once(contact_id: int) -> str:
    """The trigger of a contact's one turn."""
    return f"list:{contact_id}"


def round_of(contact_id: int, number: int) -> str:
    """The trigger of a contact's turn in a campaign that repeats; the first is number 1."""
    return f"recurring:{contact_id}:{number}"


def is_repeat(kind: str, trigger_id: str) -> bool:
    """Whether a campaign of this kind asks somebody again: its pace is its own rule then,
    and no throttle holds but the floor."""
    return kind == Campaign.Kind.RECURRING and number_of(trigger_id) > 1


def number_of(trigger_id: str) -> int:
    """Which of the contact's turns this is; 0 for a trigger of another kind."""
    kind, _, rest = trigger_id.partition(":")
    number = rest.rpartition(":")[2]
    return int(number) if kind == "recurring" and number.isdecimal() else 0
