"""One person's story, newest first, in pages.

Two streams are merged: their messages, which may be many and are read by id, and
everything else, which is little and in memory. Nothing here reads a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Any

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
NO_MESSAGE = 2**63 - 1


class Kind(IntEnum):
    """What an entry is about, in the order of one moment: its cause comes first."""

    CONTACT = 0
    MESSAGE = 1
    SURVEY = 2
    SKIPPED = 3
    MAIL = 4
    OUTCOME = 5
    QUARANTINE = 6
    ANSWER = 7
    CHANGE = 8
    SUPPRESSION = 9
    CAMPAIGN = 10
    DELETION = 11


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened, or is planned; `row` is what the template draws."""

    at: datetime
    kind: Kind
    pk: int
    row: Any

    @property
    def key(self) -> tuple[datetime, int, int]:
        return self.at, self.kind, self.pk

    @property
    def name(self) -> str:
        return self.kind.name.lower()


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the page before ended: its last entry's key, its oldest message's id."""

    at: datetime
    kind: int
    pk: int
    message: int

    def __str__(self) -> str:
        micros = (self.at - EPOCH) // MICROSECOND
        return f"{micros}.{self.kind}.{self.pk}.{self.message}"

    @classmethod
    def read(cls, text: str) -> Cursor | None:
        """None for what we did not write: then the first page is shown."""
        parts = text.split(".")
        if len(parts) != 4 or not all(
            part.isascii() and part.isdigit() and len(part) < 20 for part in parts
        ):
            return None
        micros, kind, pk, message = (int(part) for part in parts)
        if micros > 10**17 or max(pk, message) > NO_MESSAGE:
            return None
        return cls(EPOCH + micros * MICROSECOND, kind, pk, message)


def message_entries(
    messages: Iterable[tuple[int, datetime, Any]], *, before: Cursor | None
) -> list[Entry]:
    """Of (id, received, row), latest id first.

    Ids are the order of arrival. Where two clocks disagree by a moment, the id wins:
    times never rise on the way down, so a page's end cuts both orders at one place.
    """
    entries = []
    least = before.at if before else datetime.max.replace(tzinfo=UTC)
    for pk, received, row in messages:
        least = min(least, received)
        entries.append(Entry(least, Kind.MESSAGE, pk, row))
    return entries


def page_of_entries(
    messages: Sequence[Entry],
    others: Iterable[Entry],
    *,
    before: Cursor | None,
    size: int,
) -> tuple[list[Entry], Cursor | None]:
    """The entries after the cursor, newest first, and the cursor of the next page.

    Hand in at least `size + 1` messages, if there are so many, and all others.
    """
    left = [
        entry
        for entry in others
        if before is None or entry.key < (before.at, before.kind, before.pk)
    ]
    found = sorted([*messages, *left], key=lambda entry: entry.key, reverse=True)
    shown = found[:size]
    if len(found) <= size:
        return shown, None
    oldest = min(
        (entry.pk for entry in shown if entry.kind is Kind.MESSAGE),
        default=before.message if before else NO_MESSAGE,
    )
    last = shown[-1]
    return shown, Cursor(last.at, last.kind, last.pk, oldest)
