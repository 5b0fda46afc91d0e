"""Sums by an attribute of very many values: a text a day instead of a row a value.

Blocks of 1, 2, 4, ... 512 days lie in each other, so that any stretch of days is a dozen
of them; a block stands as soon as its last day is summed up. Days are ordinals here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date

import msgspec
from django.db.models import Q

from surveys.daily_sums.coverage import Split
from surveys.rollups import Rollup, ValueSums

HIGHEST = 9
"""The level of blocks of 512 days."""
BITS = 32
"""Of each of the three numbers that one carries: no sum of people reaches 4 billion."""
Triple = tuple[int, int, int]
Packed = dict[str, int]
"""Value -> three numbers in one: sums of such are sums of each, in one addition."""

_decode = msgspec.json.Decoder(Packed).decode
_encode = msgspec.json.Encoder().encode


def pack(first: int, second: int, third: int) -> int:
    return first | second << BITS | third << 2 * BITS


def unpack(packed: int) -> Triple:
    one = (1 << BITS) - 1
    return packed & one, packed >> BITS & one, packed >> 2 * BITS


def read(
    rollup_of: Mapping[str, object], split: Split, column: str, only: Collection[str] | None
) -> dict[str, Triple]:
    """The sums of the split's days, `column` being scores or cohorts; `only` of these
    values. `rollup_of` is whose they are: account and key. 1 query."""
    if split.first is None:
        return {}
    dirty = {day.toordinal() for day in split.dirty}
    blocks = list(blocks_of(split.first.toordinal(), split.last.toordinal(), dirty))
    rows = ValueSums.objects.filter(_are(blocks), **rollup_of)
    # The longest first: what has most of the values takes the others in.
    texts = sorted(rows.order_by().values_list(column, flat=True), key=len)
    total = _decode(texts.pop()) if texts and only is None else {}
    for text in texts:
        _add(total, _decode(text), only)
    return {value: unpack(packed) for value, packed in total.items()}


def blocks_of(first: int, last: int, dirty: Collection[int]) -> Iterator[tuple[int, int]]:
    """The fewest (level, first day) that are the days [first, last) without the dirty."""
    day = first
    while day < last:
        if day in dirty:
            day += 1
            continue
        level = 0
        while (
            level < HIGHEST
            and not day % (2 << level)
            and _fits(day, level + 1, last, dirty)
        ):
            level += 1
        yield level, day
        day += 1 << level


def replace(
    rollup: Rollup,
    days: Sequence[date],
    *,
    scores: Mapping[date, Packed],
    cohorts: Mapping[date, Packed],
    through: date,
) -> None:
    """Put these sums in the place of those days', and mend every block that has one of
    them and ends before `through`. In the caller's transaction."""
    whose = {"account_id": rollup.account_id, "key": rollup.key}
    numbers = [day.toordinal() for day in days]
    forget(whose, days)
    _write(
        whose,
        0,
        {
            day.toordinal(): (scores.get(day, {}), cohorts.get(day, {}))
            for day in {*scores, *cohorts}
        },
    )
    for level in range(1, HIGHEST + 1):
        starts = {number >> level << level for number in numbers}
        whole = {at for at in starts if at + (1 << level) <= through.toordinal()}
        _write(whose, level, _merged(whose, level, whole))


def forget(whose: Mapping[str, object], days: Iterable[date]) -> None:
    """Delete every block that has one of these days; `whose` may be of all keys."""
    numbers = {day.toordinal() for day in days}
    blocks = {
        (level, number >> level << level)
        for number in numbers
        for level in range(HIGHEST + 1)
    }
    if blocks:
        ValueSums.objects.filter(_are(blocks), **whose).delete()


def of_days(rollup: Rollup, days: Sequence[date]) -> dict[date, tuple[Packed, Packed]]:
    """What is kept of these days alone."""
    rows = ValueSums.objects.filter(account=rollup.account_id, key=rollup.key, level=0)
    return {
        row.day: (_decode(row.scores), _decode(row.cohorts))
        for row in rows.filter(day__in=days)
    }


def blocks_that_differ(rollup: Rollup) -> list[date]:
    """The first days of those that are not the sum of the two that they are made of."""
    whose = {"account_id": rollup.account_id, "key": rollup.key}
    found = []
    for level in range(1, HIGHEST + 1):
        kept = {
            row.day.toordinal(): (_decode(row.scores), _decode(row.cohorts))
            for row in ValueSums.objects.filter(level=level, **whose)
        }
        made = _merged(whose, level, kept)
        found += [date.fromordinal(at) for at, pair in kept.items() if made.get(at) != pair]
    return found


def _fits(day: int, level: int, last: int, dirty: Collection[int]) -> bool:
    end = day + (1 << level)
    return end <= last and not any(day <= each < end for each in dirty)


def _are(blocks: Iterable[tuple[int, int]]) -> Q:
    days: dict[int, list[date]] = {}
    for level, day in blocks:
        days.setdefault(level, []).append(date.fromordinal(day))
    found = Q(pk__in=[])
    for level, of_level in days.items():
        found |= Q(level=level, day__in=of_level)
    return found


def _merged(
    whose: Mapping[str, object], level: int, starts: Iterable[int]
) -> dict[int, tuple[Packed, Packed]]:
    """The blocks that begin there, made of the two halves of each."""
    half = 1 << (level - 1)
    wanted = [(level - 1, each) for at in starts for each in (at, at + half)]
    found: dict[int, tuple[Packed, Packed]] = {}
    for row in ValueSums.objects.filter(_are(wanted), **whose).iterator(chunk_size=20):
        pair = found.setdefault(row.day.toordinal() >> level << level, ({}, {}))
        _add(pair[0], _decode(row.scores))
        _add(pair[1], _decode(row.cohorts))
    return found


def _write(
    whose: Mapping[str, object], level: int, blocks: Mapping[int, tuple[Packed, Packed]]
) -> None:
    rows = [
        ValueSums(
            level=level,
            day=date.fromordinal(at),
            scores=_encode(scores),
            cohorts=_encode(cohorts),
            **whose,
        )
        for at, (scores, cohorts) in blocks.items()
    ]
    ValueSums.objects.bulk_create(rows, batch_size=20)


def _add(total: Packed, more: Packed, only: Collection[str] | None = None) -> None:
    get = total.get
    if only is None:
        for value, packed in more.items():
            total[value] = get(value, 0) + packed
    else:
        for value in only:
            if value in more:
                total[value] = get(value, 0) + more[value]
