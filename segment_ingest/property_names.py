"""What the properties of an event are called, to choose from in a condition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from campaigns.conditions import MAX_NAME
from promoter.accounts.access import for_account
from promoter.accounts.models import Account
from segment_ingest.models import SegmentMessage
from segment_ingest.traits import mapping_in

# Of the event's newest messages; a property that none of them has is rare.
MOST_LOOKED_AT = 50
MOST_NAMES = 100
# `shipping.address.city`; and of a list so many elements.
DEEPEST, MOST_ELEMENTS = 3, 5


def property_names(*, account: Account, event: str) -> list[str]:
    """Those with a value to compare, as conditions name them, most frequent first. An
    object is no value; what stands inside it is."""
    bodies = (
        for_account(SegmentMessage, account)
        .filter(type="track", event=event, body__isnull=False)
        .order_by("-id")
        .values_list("body", flat=True)[:MOST_LOOKED_AT]
    )
    counts: Counter[str] = Counter()
    for body in bodies:
        counts.update(set(_names(mapping_in(body, "properties"), DEEPEST)))
    found = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return [name for name, _ in found if len(name) <= MAX_NAME][:MOST_NAMES]


def _names(values: Mapping[str, Any], deep: int) -> Iterator[str]:
    for name, value in values.items():
        for each in value[:MOST_ELEMENTS] if isinstance(value, list) else [value]:
            if not isinstance(each, dict):
                yield name
            elif deep > 1:
                yield from (f"{name}.{inside}" for inside in _names(each, deep - 1))
