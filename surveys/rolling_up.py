"""Keep the daily sums: say which no longer hold, and sum those days up anew.

Who changes what an earlier day counts marks that day in the same transaction. Today and
yesterday are never summed up, so neither an ordinary answer nor a mail that goes out
has anything to mark.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, Min, OuterRef, Q, QuerySet

from promoter.accounts.access import for_account
from promoter.accounts.models import Account
from surveys import value_sums
from surveys.cohorts import first_asked_at
from surveys.coverage import local_day, zone_of
from surveys.models import Response
from surveys.rollups import (
    DailyCohort,
    DailyScores,
    DailySums,
    DirtyDay,
    Rollup,
    ValueSums,
)
from surveys.summing import Summing
from surveys.windows import DAY

DAYS_AT_ONCE = 7
"""Days that one transaction sums up: bounds its length and a killed worker's loss. With ten
million answers in two years a month of days took longer than PostgreSQL is given."""
MOST_VALUES = 200
"""Values of one attribute, of an account, that have a row each in the sums of a day."""
MOST_KEYS = 50
"""Attributes of an account that sums are kept for: each costs the worker a run a day."""


def mark_changed(*, account: Account, at: Iterable[datetime | None], now: datetime) -> None:
    """The sums of the days of these instants no longer hold. In the caller's transaction.

    The row's own lock orders us and the worker that sums up: it deletes the mark first, so
    either it sees our change or it waits and finds the mark again.
    """
    zone = zone_of(account)
    today = local_day(now, zone)
    days = sorted({local_day(each, zone) for each in at if each is not None})
    DirtyDay.objects.bulk_create(
        [DirtyDay(account=account, day=day, marked_at=now) for day in days if day < today],
        update_conflicts=True,
        unique_fields=["account", "day"],
        update_fields=["marked_at"],
    )


def forget_days(*, account: Account, at: Sequence[datetime | None], now: datetime) -> None:
    """The same, and the sums by attribute go at once: they may name what must be erased."""
    mark_changed(account=account, at=at, now=now)
    days = {local_day(each, zone_of(account)) for each in at if each is not None}
    for model in (DailyScores, DailyCohort):
        rows = model._default_manager.filter(account=account, day__in=days)
        rows.exclude(key="").delete()
    value_sums.forget({"account": account}, days)


def report_by(*, account: Account, key: str) -> Rollup | None:
    """Keep sums of this attribute from now on; the next runs fill in the past. None where
    the account has sums of as many as it may: reports of others read the rows."""
    kept = Rollup.objects.filter(account=account, key=key).first()
    if kept is None and Rollup.objects.filter(account=account).count() <= MOST_KEYS:
        kept, _ = Rollup.objects.get_or_create(
            account=account, key=key, defaults={"zone": zone_of(account).key}
        )
    return kept


def behind(*, now: datetime) -> QuerySet[Account]:
    """The accounts that have something to sum up: marked days, or days not summed up yet.

    By the UTC day, so one far in the east may wait some hours and is exact all the same.
    """
    rollups = Rollup.objects.filter(account=OuterRef("pk"))
    late = rollups.filter(Q(through=None) | Q(through__lt=now.astimezone(UTC).date() - DAY))
    marked = DirtyDay.objects.filter(account=OuterRef("pk"))
    return Account.objects.filter(
        Exists(marked) | Exists(late) | ~Exists(rollups)
    ).order_by("pk")


def roll_up(*, account: Account, now: datetime, steps: int = 1) -> bool:
    """Sum up what is missing or marked, a week of days a step. True: there is more."""
    Rollup.objects.get_or_create(
        account=account, key="", defaults={"zone": zone_of(account).key}
    )
    return all(_renew(account) or _advance(account, now) for _ in range(steps))


def start_anew(*, account: Account) -> None:
    """Forget all sums of the account; the next runs of `roll_up` make them anew."""
    with transaction.atomic():
        for rollup in Rollup.objects.select_for_update().filter(account=account):
            _forget(rollup)
        Rollup.objects.filter(account=account).update(through=None, has_many_values=False)


def days_that_differ(*, rollup: Rollup) -> list[date]:
    """The days whose sums are not what the rows say, without those known as marked."""
    marked = DirtyDay.objects.filter(account=rollup.account).values_list("day", flat=True)
    zone, found = ZoneInfo(rollup.zone), set()
    if rollup.through is None:
        return []
    if rollup.has_many_values:
        found |= set(value_sums.blocks_that_differ(rollup))
    first = _first_day(rollup.account, zone).toordinal()
    for start in range(first, rollup.through.toordinal(), DAYS_AT_ONCE):
        stop = min(start + DAYS_AT_ONCE, rollup.through.toordinal())
        days = tuple(date.fromordinal(number) for number in range(start, stop))
        summing = Summing(rollup, zone, days)
        if rollup.has_many_values:
            kept_sums = value_sums.of_days(rollup, days)
            found |= {
                day
                for day in days
                if kept_sums.get(day, ({}, {}))
                != (summing.bands().get(day, {}), summing.outcomes().get(day, {}))
            }
            continue
        kept = [
            each
            for model in (DailyScores, DailyCohort)
            for each in model._default_manager.filter(
                account=rollup.account_id, key=rollup.key, day__in=days
            )
        ]
        said = {_as_tuple(each) for each in [*summing.scores(), *summing.cohorts()]}
        found |= {day for day, *_ in said ^ {_as_tuple(each) for each in kept}}
    return sorted(found - set(marked))


def _as_tuple(row: DailySums) -> tuple[Any, ...]:
    """Everything of the row but its id, the day first."""
    names = [field.attname for field in row._meta.concrete_fields]
    return row.day, *(getattr(row, name) for name in names if name not in {"id", "day"})


def _renew(account: Account) -> bool:
    """Sum up marked days anew; False when there were none."""
    with transaction.atomic():
        marked = DirtyDay.objects.filter(account=account).order_by("day")
        days = list(marked.values_list("day", flat=True)[:DAYS_AT_ONCE])
        if not days:
            return False
        rollups = list(Rollup.objects.select_for_update().filter(account=account))
        DirtyDay.objects.filter(account=account, day__in=days).delete()
        for rollup in rollups:
            if rollup.through is not None:
                known = [day for day in days if day < rollup.through]
                _sum_up(rollup, known, through=rollup.through)
    return True


def _advance(account: Account, now: datetime) -> bool:
    """Sum up the next days of whichever key is behind; False when none is."""
    zone = zone_of(account)
    end = local_day(now, zone) - DAY
    with transaction.atomic():
        behind = (
            Rollup.objects.select_for_update(skip_locked=True)
            .filter(account=account)
            .filter(~Q(zone=zone.key) | Q(through=None) | Q(through__lt=end))
            .order_by("key")
            .first()
        )
        if behind is None:
            return False
        if behind.zone != zone.key or behind.through is None:
            _forget(behind)
            behind.zone, behind.through = zone.key, min(_first_day(account, zone), end)
        days = [
            date.fromordinal(number)
            for number in range(behind.through.toordinal(), end.toordinal())
        ][:DAYS_AT_ONCE]
        behind.through = days[-1] + DAY if days else end
        _sum_up(behind, days, through=behind.through)
        if behind.key and not behind.has_many_values and _has_too_many(behind):
            # From the first day anew, in the other way.
            _forget(behind)
            behind.has_many_values, behind.through = True, None
        behind.save(update_fields=["zone", "through", "has_many_values"])
    return True


def _sum_up(rollup: Rollup, days: Sequence[date], *, through: date) -> None:
    """Replace the sums of these days, in order, by what the rows say. `through` is the
    first day behind all sums."""
    if not days:
        return
    if rollup.has_many_values:
        summing = Summing(rollup, ZoneInfo(rollup.zone), tuple(days))
        sums = {"scores": summing.bands(), "cohorts": summing.outcomes()}
        value_sums.replace(rollup, days, **sums, through=through)
        return
    for model in (DailyScores, DailyCohort):
        model._default_manager.filter(
            account=rollup.account_id, key=rollup.key, day__in=days
        ).delete()
    summing = Summing(rollup, ZoneInfo(rollup.zone), tuple(days))
    DailyScores.objects.bulk_create(summing.scores(), batch_size=500)
    DailyCohort.objects.bulk_create(summing.cohorts(), batch_size=1000)


def _forget(rollup: Rollup) -> None:
    for model in (DailyScores, DailyCohort, ValueSums):
        rows = model._default_manager.filter(account=rollup.account_id, key=rollup.key)
        rows.delete()


def _has_too_many(rollup: Rollup) -> bool:
    rows = DailyScores.objects.filter(account=rollup.account_id, key=rollup.key)
    return rows.values("value").distinct().count() > MOST_VALUES


def _first_day(account: Account, zone: ZoneInfo) -> date:
    """The day of the first mail or answer; far off where there is neither."""
    asked = first_asked_at(account)
    answered = for_account(Response, account).aggregate(at=Min("responded_at"))["at"]
    known = [local_day(at, zone) for at in (asked, answered) if at is not None]
    return min(known, default=date.max)
