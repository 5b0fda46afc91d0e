"""Stretches of time for reports: half-open, as instants, with days in a named zone.

A window takes `start` in and leaves `end` out, so that two that touch count nobody twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


class Step(StrEnum):
    """How wide one point of a trend is. Weeks start on Monday (ISO 8601)."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` to before `end`; both aware. Raises ValueError when it is empty."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise ValueError("a window must end after it starts")

    def before(self, zone: ZoneInfo) -> Window:
        """The window just before, equally long on the zone's wall clock.

        Thirty days before the change to summer time are 719 hours, and still start at
        midnight.
        """
        start = self.start.astimezone(zone).replace(tzinfo=None)
        end = self.end.astimezone(zone).replace(tzinfo=None)
        if end <= start:  # an hour that the clock went through twice
            return Window(self.start - (self.end - self.start), self.start)
        return Window(
            (start - (end - start)).replace(tzinfo=zone).astimezone(UTC), self.start
        )


def last_days(days: int, *, zone: ZoneInfo, now: datetime) -> Window:
    """Today and the days before it, so many in all, up to the coming midnight there."""
    today = now.astimezone(zone).date()
    return Window(
        midnight(today - (days - 1) * DAY, zone),
        midnight(today + DAY, zone),
    )


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When the day starts there, in UTC: 01:00 where the clock jumps over 00:00."""
    # Through UTC and back the hour that doesn't exist becomes the one that does.
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def first_day(day: date, step: Step) -> date:
    """The first day of the day's own week or month."""
    if step is Step.WEEK:
        return day - day.weekday() * DAY
    return day.replace(day=1) if step is Step.MONTH else day


def first_days(window: Window, step: Step, zone: ZoneInfo) -> Iterator[date]:
    """The first day of each step that the window touches, in order."""
    day = first_day(window.start.astimezone(zone).date(), step)
    last = (window.end - timedelta(microseconds=1)).astimezone(zone).date()
    while day <= last:
        yield day
        # 32 days on is always in the next month, whatever its length.
        wide = {Step.DAY: DAY, Step.WEEK: 7 * DAY, Step.MONTH: 32 * DAY}[step]
        day = first_day(day + wide, step)


def offsets(window: Window, zone: ZoneInfo) -> list[tuple[datetime, int]]:
    """The zone's seconds east of UTC in the window: (since when, seconds), in order.

    The first entry holds from the window's start. Clocks change at full seconds and not
    twice within a day, in every zone of tzdata since 1970.
    """
    found = [(window.start, _offset(window.start, zone))]
    at = window.start
    while at < window.end:
        then = min(at + DAY, window.end)
        if _offset(then, zone) != found[-1][1]:
            change = _change_between(at, then, zone)
            found.append((change, _offset(change, zone)))
        at = then
    return found


def _offset(at: datetime, zone: ZoneInfo) -> int:
    offset = at.astimezone(zone).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0


def _change_between(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    before = _offset(low, zone)
    first, last = int(low.timestamp()), int(high.timestamp()) + 1
    while last - first > 1:
        middle = (first + last) // 2
        if _offset(datetime.fromtimestamp(middle, UTC), zone) == before:
            first = middle
        else:
            last = middle
    return datetime.fromtimestamp(last, UTC)
