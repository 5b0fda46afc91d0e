"""The stretch of time that a page of figures is about, as its address says it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Min

from promoter.accounts.access import for_account
from promoter.accounts.models import Account
from surveys.coverage import zone_of
from surveys.models import Response, Survey
from surveys.windows import Window, last_days, midnight

DEFAULT = "30"
EVERYTHING = "all"


@dataclass(frozen=True, slots=True)
class Range:
    """One choice: its word in the address and its words on the page."""

    key: str
    label: str
    words: str

    @property
    def days(self) -> int | None:
        return None if self.key == EVERYTHING else int(self.key)


RANGES = (
    Range("7", "7 days", "the last 7 days"),
    Range("30", "30 days", "the last 30 days"),
    Range("90", "90 days", "the last 90 days"),
    Range(EVERYTHING, "All", "all time"),
)


def chosen_range(key: str) -> Range:
    """The range of that name; the default for a name that doesn't exist."""
    known = {choice.key: choice for choice in RANGES}
    return known.get(key, known[DEFAULT])


def window_of(choice: Range, *, account: Account, now: datetime) -> Window:
    """From a midnight of the account's to its next one. `all` costs 2 queries."""
    zone = zone_of(account)
    if choice.days is not None:
        return last_days(choice.days, zone=zone, now=now)
    return everything(account, zone=zone, now=now)


def everything(account: Account, *, zone: ZoneInfo, now: datetime) -> Window:
    """From the day of the first survey sent or answered to the end of today."""
    today = last_days(1, zone=zone, now=now)
    asked = for_account(Survey, account).aggregate(at=Min("asked_at"))["at"]
    answered = for_account(Response, account).aggregate(at=Min("responded_at"))["at"]
    first = min((at for at in (asked, answered) if at is not None), default=now)
    return Window(
        min(midnight(first.astimezone(zone).date(), zone), today.start), today.end
    )
