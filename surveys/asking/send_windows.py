"""When survey mail may go out: weekdays and hours by the clock of whoever gets it.

The wall clock alone decides. An hour that it skips is not open; one that it goes through
twice is open twice. Nothing here reads the database or the clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from campaigns.models import Campaign
from contacts.attributes import time_zone_in
from promoter.accounts.models import Account
from promoter.accounts.send_window import SendWindowColumns
from surveys.windows import DAY, Window, offsets

# Most often the next opening is within a day or over a weekend. A week brings every
# weekday back; two, where a clock change has swallowed its opening (02:00 to 03:00 on the
# night of the change, a Friday that Samoa left out).
HORIZONS = (4 * DAY, 8 * DAY, 16 * DAY)
EVERY_DAY = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class SendWindow:
    """Open on these weekdays (0 is Monday) from `start` to before `end`.

    One whose end isn't after its start goes over midnight and counts to the day on which
    it began; 00:00 as the end is midnight.
    """

    days: frozenset[int] = EVERY_DAY
    start: time = time.min
    end: time = time.min

    def is_open(self, moment: datetime, zone: ZoneInfo) -> bool:
        local = moment.astimezone(zone)
        clock, today = local.time(), local.weekday()
        if self.start < self.end:
            return today in self.days and self.start <= clock < self.end
        yesterday = (today - 1) % 7
        return (today in self.days and clock >= self.start) or (
            yesterday in self.days and clock < self.end
        )


def next_open(moment: datetime, window: SendWindow, zone: ZoneInfo) -> datetime:
    """The moment itself when the window is open then, or else when it opens next.

    Within 8 days, or within 16 where a clock change swallows an opening.
    """
    if window.is_open(moment, zone):
        return moment
    for horizon in HORIZONS:
        end = moment + horizon
        openings = [
            at
            for at in _edges(moment, end, window, zone)
            if moment < at <= end and window.is_open(at, zone)
        ]
        if openings:
            return min(openings)
    raise AssertionError("a window opens on each of its weekdays")


def _edges(
    moment: datetime, end: datetime, window: SendWindow, zone: ZoneInfo
) -> Iterator[datetime]:
    """Where a closed window can become open: at its start, which may come twice, and where
    the clock jumps."""
    day = moment.astimezone(zone).date()
    last = end.astimezone(zone).date()
    while day <= last:
        for fold in (0, 1):
            yield (
                datetime.combine(day, window.start, zone).replace(fold=fold).astimezone(UTC)
            )
        day += timedelta(days=1)
    yield from (at for at, _ in offsets(Window(moment, end), zone))


def window_of(row: SendWindowColumns) -> SendWindow | None:
    """The row's own window; None where all its columns are empty."""
    if not row.has_send_window:
        return None
    return SendWindow(
        days=frozenset(row.send_days) or EVERY_DAY,
        start=row.send_from or time.min,
        end=row.send_until or time.min,
    )


def opens_at(
    moment: datetime,
    *,
    campaign: Campaign,
    account: Account,
    attributes: Mapping[str, Any],
) -> datetime:
    """The first moment from this one on at which mail of the campaign may reach somebody
    with these attributes: by the campaign's window or else the account's, in their zone
    or else the account's."""
    window = window_of(campaign) or window_of(account)
    if window is None:
        return moment
    zone = time_zone_in(attributes) or ZoneInfo(account.time_zone)
    return next_open(moment, window, zone)
