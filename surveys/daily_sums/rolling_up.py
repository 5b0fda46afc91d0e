"""Keep the daily sums: say which no longer hold, and sum those days up anew.

Who changes what an earlier day counts marks that day in the same transaction. Today is
never summed up, and of yesterday's mails it is not counted yet who answered: so neither an
ordinary answer nor a mail that goes out has anything to mark, but days of older mails.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, Min, OuterRef, Q, QuerySet

from promoter.accounts.access import for_account
from promoter.accounts.models import Account
from surveys.daily_sums import value_sums
from surveys.daily_sums.attribute_text import PAIR, key_of
from surveys.daily_sums.cohorts import first_asked_at
from surveys.daily_sums.coverage import local_day, zone_of
from surveys.daily_sums.summing import Summing
from surveys.models import Response
from surveys.rollups import (
    MAX_VALUE,
    DailyCohort,
    DailyScores,
    DirtyDay,
    Rollup,
    ValueSums,
)
from surveys.windows import DAY

DAYS_AT_ONCE = 7
"""Days that one transaction sums up: bounds its length and a killed worker's loss. With ten
million answers in two years a month of days took longer than PostgreSQL is given."""
SLACK = timedelta(hours=1)
"""After midnight, before the day that is over is summed up: whoever wrote in it without a
mark has ended by then."""
MOST_VALUES = 200
"""Values of one attribute, of an account, that have a row each in the sums of a day."""
MOST_KEYS, MOST_PAIRS = 50, 20
"""Attributes and pairs of them, of an account, that sums are kept for: each costs the
worker a run a day."""


def mark_changed(
    *,
    account: Account,
    at: Iterable[datetime | None] = (),
    asked_at: Iterable[datetime | None] = (),
    now: datetime,
) -> None:
    """The sums of the days of these instants no longer hold: of all that is counted, or of
    what became of the mails alone. In the caller's transaction.

    The row's own lock orders us and the worker that sums up: it deletes the mark first, so
    either it sees our change or it waits and finds the mark again.
    """
    zone = zone_of(account)
    today = local_day(now, zone)
    days = {local_day(each, zone) for each in at if each is not None}
    days |= {
        day
        for each in asked_at
        if each is not None and (day := local_day(each, zone)) < today - DAY
    }
    DirtyDay.objects.bulk_create(
        [
            DirtyDay(account=account, day=day, marked_at=now)
            for day in sorted(days)
            if day < today
        ],
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
    return _keep(account, key, Q(key="") | Q(key__contains=PAIR), MOST_KEYS)


def report_by_pair(*, account: Account, names: Collection[str]) -> Rollup | None:
    """The same of two attributes at once. None too where one of them has very many values:
    together they have more still."""
    key = key_of(names)
    if key is None or PAIR not in key:
        return None
    rollups = Rollup.objects.filter(account=account)
    if rollups.filter(key__in=names, has_many_values=True).exists():
        return None
    return _keep(account, key, ~Q(key__contains=PAIR), MOST_PAIRS)


def behind(*, now: datetime) -> QuerySet[Account]:
    """The accounts that have something to sum up: marked days, or days not summed up yet.

    By the UTC day, so one far in the east may wait some hours and is exact all the same.
    """
    rollups = Rollup.objects.filter(account=OuterRef("pk"))
    end = local_day(now - SLACK, ZoneInfo("UTC"))
    late = rollups.filter(Q(through=None) | Q(through__lt=end))
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


def _keep(account: Account, key: str, free: Q, most: int) -> Rollup | None:
    """The rollup, made where there are fewer than so many beside those that are free."""
    rollups = Rollup.objects.filter(account=account)
    kept = rollups.filter(key=key).first()
    if kept is None and rollups.exclude(free).count() < most:
        kept, _ = rollups.get_or_create(
            account=account, key=key, defaults={"zone": zone_of(account).key}
        )
    return kept


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
                if not _sum_up(rollup, known, through=rollup.through):
                    _sum_up_in_blocks(rollup)
    return True


def _advance(account: Account, now: datetime) -> bool:
    """Sum up the next days of whichever key is behind; False when none is."""
    zone = zone_of(account)
    end = local_day(now - SLACK, zone)
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
            behind.zone, behind.through = zone.key, min(first_day_of(account, zone), end)
            begin = behind.through
        else:
            # What became of that day's mails was not to be counted yet.
            begin = behind.through - DAY
        last = min(end, behind.through + DAYS_AT_ONCE * DAY)
        numbers = range(begin.toordinal(), last.toordinal())
        days = [date.fromordinal(number) for number in numbers]
        behind.through = last
        behind.save(update_fields=["zone", "through"])
        if not _sum_up(behind, days, through=behind.through) or _has_too_many(behind):
            _sum_up_in_blocks(behind)
    return True


def _sum_up(rollup: Rollup, days: Sequence[date], *, through: date) -> bool:
    """Replace the sums of these days, in order, by what the rows say. `through` is the
    first day behind all sums. False where a value is too long for a row, as the two of a
    pair may be."""
    if not days:
        return True
    if rollup.has_many_values:
        summing = Summing(rollup, ZoneInfo(rollup.zone), tuple(days))
        sums = {"scores": summing.bands(), "cohorts": summing.outcomes()}
        value_sums.replace(rollup, days, **sums, through=through)
        return True
    for model in (DailyScores, DailyCohort):
        model._default_manager.filter(
            account=rollup.account_id, key=rollup.key, day__in=days
        ).delete()
    summing = Summing(rollup, ZoneInfo(rollup.zone), tuple(days))
    scores, cohorts = summing.scores(), summing.cohorts()
    if any(len(row.value) > MAX_VALUE for row in (*scores, *cohorts)):
        return False
    DailyScores.objects.bulk_create(scores, batch_size=500)
    DailyCohort.objects.bulk_create(cohorts, batch_size=1000)
    return True


def _sum_up_in_blocks(rollup: Rollup) -> None:
    """From the first day anew, and each value in the text of its days."""
    _forget(rollup)
    rollup.has_many_values, rollup.through = True, None
    rollup.save(update_fields=["through", "has_many_values"])


def _forget(rollup: Rollup) -> None:
    for model in (DailyScores, DailyCohort, ValueSums):
        rows = model._default_manager.filter(account=rollup.account_id, key=rollup.key)
        rows.delete()


def _has_too_many(rollup: Rollup) -> bool:
    if not rollup.key or rollup.has_many_values:
        return False
    rows = DailyScores.objects.filter(account=rollup.account_id, key=rollup.key)
    return rows.values("value").distinct().count() > MOST_VALUES


def first_day_of(account: Account, zone: ZoneInfo) -> date:
    """The day of the first mail or answer; far off where there is neither."""
    asked = first_asked_at(account)
    answered = for_account(Response, account).aggregate(at=Min("responded_at"))["at"]
    known = [local_day(at, zone) for at in (asked, answered) if at is not None]
    return min(known, default=date.max)
