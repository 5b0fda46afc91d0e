"""Whether the daily sums are what the rows say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from surveys.daily_sums import value_sums
from surveys.daily_sums.rolling_up import DAYS_AT_ONCE, first_day_of
from surveys.daily_sums.summing import Summing
from surveys.rollups import DailyCohort, DailyScores, DailySums, DirtyDay, Rollup
from surveys.windows import DAY


def days_that_differ(*, rollup: Rollup) -> list[date]:
    """The days whose sums are not what the rows say, without those known as marked."""
    marked = DirtyDay.objects.filter(account=rollup.account).values_list("day", flat=True)
    zone, found = ZoneInfo(rollup.zone), set()
    if rollup.through is None:
        return []
    if rollup.has_many_values:
        found |= set(value_sums.blocks_that_differ(rollup))
    first = first_day_of(rollup.account, zone).toordinal()
    for start in range(first, rollup.through.toordinal(), DAYS_AT_ONCE):
        stop = min(start + DAYS_AT_ONCE, rollup.through.toordinal())
        days = tuple(date.fromordinal(number) for number in range(start, stop))
        summing = Summing(rollup, zone, days)
        found |= _in_texts(summing) if rollup.has_many_values else _in_rows(summing)
    return sorted(found - set(marked))


def _in_texts(summing: Summing) -> set[date]:
    kept = value_sums.of_days(summing.rollup, summing.days)
    bands, outcomes = summing.bands(), summing.outcomes()
    found = set()
    for day in summing.days:
        scores, cohorts = kept.get(day, ({}, {}))
        cohorts_differ = cohorts != outcomes.get(day, {})
        if scores != bands.get(day, {}) or (
            cohorts_differ and _knows_mails(summing.rollup, day)
        ):
            found.add(day)
    return found


def _in_rows(summing: Summing) -> set[date]:
    rollup, found = summing.rollup, set()
    for model, said in (
        (DailyScores, summing.scores()),
        (DailyCohort, summing.cohorts()),
    ):
        kept = model._default_manager.filter(
            account=rollup.account_id, key=rollup.key, day__in=summing.days
        )
        differ = _as_tuples(said) ^ _as_tuples(list(kept))
        found |= {
            day for day, *_ in differ if model is DailyScores or _knows_mails(rollup, day)
        }
    return found


def _knows_mails(rollup: Rollup, day: date) -> bool:
    """Of the last day it is not read what became of its mails."""
    return rollup.through is not None and day < rollup.through - DAY


def _as_tuples(rows: Sequence[DailySums]) -> set[tuple[Any, ...]]:
    """Everything of each row but its id, the day first."""
    return {
        (row.day, *(getattr(row, name) for name in _names(row) if name != "day"))
        for row in rows
    }


def _names(row: DailySums) -> list[str]:
    return [field.attname for field in row._meta.concrete_fields if field.attname != "id"]
