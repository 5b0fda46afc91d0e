"""Which days a digest is about, and when it goes: arithmetic of days and zones, no rows.

The days are the account's, as on every page, so that colleagues on two continents read the
same figures. The hour is the reader's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from surveys.digests.subscriptions import Frequency
from surveys.windows import DAY, Step, Window, first_day, midnight

HOUR = 8
"""In the morning, where the reader is."""
STEPS = {
    Frequency.DAILY: Step.DAY,
    Frequency.WEEKLY: Step.WEEK,
    Frequency.MONTHLY: Step.MONTH,
}


@dataclass(frozen=True, slots=True)
class Span:
    """A whole day, week (from Monday) or month: its first and its last day."""

    step: Step
    first: date
    last: date

    @classmethod
    def around(cls, day: date, step: Step) -> Span:
        """The one that the day is in."""
        first = first_day(day, step)
        # 32 days on is always in the next month, whatever its length.
        wide = {Step.DAY: DAY, Step.WEEK: 7 * DAY, Step.MONTH: 32 * DAY}[step]
        return cls(step, first, first_day(first + wide, step) - DAY)

    @property
    def before(self) -> Span:
        return Span.around(self.first - DAY, self.step)

    @property
    def following(self) -> Span:
        return Span.around(self.last + DAY, self.step)

    def window(self, zone: ZoneInfo) -> Window:
        return Window(midnight(self.first, zone), midnight(self.last + DAY, zone))

    def sent_at(self, *, reader: ZoneInfo, account: ZoneInfo) -> datetime:
        """At the hour of the reader's next day; not before the account's last day is over,
        which may be later for a reader far in the east."""
        day = self.last + DAY
        morning = datetime.combine(day, time(HOUR), reader).astimezone(UTC)
        return max(morning, midnight(day, account))


def newest(frequency: str, *, reader: ZoneInfo, account: ZoneInfo, now: datetime) -> Span:
    """The latest whose digest is due by now. Raises KeyError for never."""
    step = STEPS[Frequency(frequency)]
    # Not over for the reader, so not due.
    span = Span.around(now.astimezone(reader).date(), step)
    while span.sent_at(reader=reader, account=account) > now:
        span = span.before
    return span


def next_digest(
    frequency: str, *, reader: ZoneInfo, account: ZoneInfo, now: datetime
) -> datetime | None:
    """When the first one after now goes; None for never."""
    if frequency == Frequency.NEVER:
        return None
    span = newest(frequency, reader=reader, account=account, now=now).following
    return span.sent_at(reader=reader, account=account)
