"""Turn away who has used up the day's limit: no body is read, and nobody waits for a write.

That an account's day is used up is remembered here, but nothing rests on it: one read,
shared by all who are turned away at that moment, says whether it is so still and whether
the key is usable. So a raised limit counts at once. How many were turned away is counted
in memory and added to DailyUsage once a second (promoter.lib.tally says what a killed
server loses).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from promoter.lib.tally import Tally
from promoter.lib.together import Together
from segment_ingest import quota
from segment_ingest.inbox_rows import add_counts, lock_days, read_limits

_days: dict[int, date] = {}


class Shown(NamedTuple):
    """Who asks to be let in, and when; no `key_id` if somebody has just looked it up."""

    account_id: int
    day: date
    key_id: int | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Not `is_known`: the key was revoked, or the account is gone or suspended."""

    limit: int = 0
    is_full: bool = False
    is_known: bool = True


def seems_used_up(account_id: int, now: datetime) -> bool:
    """Whether the account's day was used up when somebody looked last."""
    return _days.get(account_id) == quota.utc_day(now)


def note_used_up(account_id: int, now: datetime, *, is_used_up: bool) -> None:
    if is_used_up:
        _days[account_id] = quota.utc_day(now)
    else:
        _days.pop(account_id, None)


def standing_of(account_id: int, key_id: int | None, *, now: datetime) -> Standing:
    """As it is at this moment. Raises what the database does."""
    return _together.do(Shown(account_id, quota.utc_day(now), key_id))


def count_refused(account_id: int, now: datetime) -> None:
    """One more, however many events its body holds: that is not looked at."""
    refused.add((account_id, quota.utc_day(now)))


def _look(asked: Sequence[Shown]) -> Sequence[Standing]:
    found: dict[tuple[int, date], tuple[int, int]] = {}
    keys: set[int] = set()
    shown = {each.key_id for each in asked if each.key_id is not None}
    for day in {each.day for each in asked}:
        accounts = {each.account_id for each in asked if each.day == day}
        limits, keys = _read(accounts, day, shown)
        found |= {(account, day): each for account, each in limits.items()}
    standings = []
    for each in asked:
        there = found.get((each.account_id, each.day))
        if there is None or (each.key_id is not None and each.key_id not in keys):
            standings.append(Standing(is_known=False))
        else:
            accepted, limit = there
            standings.append(Standing(limit, is_full=accepted >= limit))
    return standings


def _read(
    accounts: set[int], day: date, keys: set[int]
) -> tuple[dict[int, tuple[int, int]], set[int]]:
    """Again where the connection had died of a restart of the database."""
    try:
        return read_limits(accounts, day, keys)
    except (DatabaseError, InterfaceError):
        if connection.in_atomic_block or connection.is_usable():
            raise
        connection.close()
    return read_limits(accounts, day, keys)


def _write(counts: Mapping[tuple[int, date], int]) -> None:
    with lock_days(counts.keys(), ()) as (days, _):
        for key, day in days.items():
            # Only those asked for: all their days are locked.
            day.refused += counts.get(key, 0)
        add_counts(days.values())


_together: Together[Shown, Standing] = Together(_look, weigh=lambda _: 1, most=1_000)
refused: Tally[tuple[int, date]] = Tally(
    _write, seconds=lambda: float(settings.SEGMENT_REFUSED_SECONDS)
)
