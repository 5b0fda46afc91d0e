"""Which days of a window are summed up, and which must be read from the rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from promoter.accounts.models import Account
from promoter.lib.zones import zone_or_none
from surveys.rollups import DirtyDay, Rollup
from surveys.windows import DAY, Window, midnight

# More stretches than this in one condition cost more than reading what lies between.
MOST_STRETCHES = 40


@dataclass(frozen=True, slots=True)
class Split:
    """A window in two parts: days from sums ([first, last) without `dirty`) and windows to
    read live. No days where `first` is None."""

    first: date | None
    last: date
    dirty: tuple[date, ...]
    live: tuple[Window, ...]

    def since(self, day: date) -> Split:
        """The days from sums from this one on."""
        first = self.first and max(self.first, day)
        return replace(self, first=first)


@dataclass(frozen=True, slots=True)
class Coverage:
    """What of an account is summed up at the moment. Ask once for a page.

    Read before the sums: what is marked between the two reads is counted as it was a
    moment ago.
    """

    zone: ZoneInfo
    now: datetime
    through: dict[str, date]
    dirty: frozenset[date]
    many: frozenset[str] = frozenset()
    """Those of the keys whose values are too many for a row each."""

    @classmethod
    def of(cls, account: Account, *, now: datetime) -> Coverage:
        """2 queries."""
        zone = zone_of(account)
        # Sums of another zone's days are of no use.
        known = list(Rollup.objects.filter(account=account, zone=zone.key).order_by())
        days = DirtyDay.objects.filter(account=account).order_by()
        return cls(
            zone=zone,
            now=now,
            through={row.key: row.through for row in known if row.through},
            dirty=frozenset(days.values_list("day", flat=True)),
            many=frozenset(row.key for row in known if row.has_many_values),
        )

    def split(self, window: Window, *, key: str | None, of_scores: bool = True) -> Split:
        """By the sums of this key; None where no sums can answer. Those of mails hold for
        a day less than those of scores."""
        first = _first_whole_day(window.start, self.zone)
        last = _first_day_not_over(window.end, self.zone)
        if key is not None and key in self.through:
            through = self.through[key]
            last = min(last, through if of_scores else through - DAY)
        else:
            last = first
        if first >= last:
            return Split(None, first, (), (window,))
        dirty = sorted(day for day in self.dirty if first <= day < last)
        if len(dirty) > MOST_STRETCHES:
            dirty = [
                date.fromordinal(number)
                for number in range(dirty[0].toordinal(), dirty[-1].toordinal() + 1)
            ]
        begin, end = midnight(first, self.zone), midnight(last, self.zone)
        live = windows_of(dirty, self.zone)
        live += [
            Window(*edge)
            for edge in ((window.start, begin), (end, window.end))
            if edge[0] < edge[1]
        ]
        return Split(first, last, tuple(dirty), tuple(live))


def zone_of(account: Account) -> ZoneInfo:
    """The account's zone; UTC when tzdata has dropped the name since it was chosen."""
    return zone_or_none(account.time_zone) or ZoneInfo("UTC")


def local_day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()


def _first_whole_day(start: datetime, zone: ZoneInfo) -> date:
    day = local_day(start, zone)
    return day if midnight(day, zone) == start else day + DAY


def _first_day_not_over(end: datetime, zone: ZoneInfo) -> date:
    return local_day(end, zone)


def windows_of(days: Iterable[date], zone: ZoneInfo) -> list[Window]:
    """Days in order as windows of that zone, those that touch as one."""
    runs: list[tuple[date, date]] = []
    for day in days:
        if runs and runs[-1][1] == day:
            runs[-1] = (runs[-1][0], day + DAY)
        else:
            runs.append((day, day + DAY))
    return [Window(midnight(first, zone), midnight(after, zone)) for first, after in runs]
