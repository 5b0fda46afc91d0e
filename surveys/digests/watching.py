"""Look once a day whether a score has moved by more than chance explains, and say so once.

Significant is what the dashboard calls so: 95 %, adjusted Wald. Looking every day finds a
move by chance now and then, so the windows must hold enough answers, and the same way is
not told again before a window has wholly passed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, OuterRef

from promoter.accounts.models import Account
from surveys.daily_sums.coverage import Coverage, local_day, zone_of
from surveys.daily_sums.reading import By
from surveys.digests.alerting import mail_alerts
from surveys.digests.periods import HOUR
from surveys.figures import Figures
from surveys.models import Alert, ScoreWatch, Subscription
from surveys.nps import FEW_ANSWERS, Counts, difference
from surveys.selections import Selection
from surveys.windows import DAY, Window, midnight

WIDTHS = (7, 30)
"""Days of a window: a week shows a sudden break, a month a slow slide."""
ACCOUNTS_AT_ONCE = 20
Direction = ScoreWatch.Direction
Daily = Mapping[date, Counts]


@dataclass(frozen=True, slots=True)
class Pair:
    """So many days that end with a day, and as many before them."""

    last: date
    days: int

    @property
    def first(self) -> date:
        return self.last - (self.days - 1) * DAY

    def window(self, zone: ZoneInfo) -> Window:
        return Window(midnight(self.first, zone), midnight(self.last + DAY, zone))

    def counts(self, daily: Daily) -> tuple[Counts, Counts]:
        """Of the days before, and of these."""
        counts = [
            sum(
                (daily.get(first + number * DAY, Counts()) for number in range(self.days)),
                Counts(),
            )
            for first in (self.first - self.days * DAY, self.first)
        ]
        return counts[0], counts[1]


def direction(earlier: Counts, later: Counts) -> str:
    """Which way it moved, if it did significantly and there are enough answers."""
    change = difference(earlier, later)
    if change is None or min(earlier.n, later.n) < FEW_ANSWERS or not change.significant:
        return Direction.NONE
    return Direction.UP if change.points > 0 else Direction.DOWN


def watch_scores(*, now: datetime) -> int:
    """Look at some accounts whose morning it is; how many were alerted.

    Only where a member wants to know. Reports are exact before the sums of a day are
    made, so nothing waits for them.
    """
    _begin_to_watch(now=now)
    wanted = Subscription.objects.filter(account=OuterRef("account"), wants_moves=True)
    due: defaultdict[int, list[ScoreWatch]] = defaultdict(list)
    rows = ScoreWatch.objects.filter(Exists(wanted), next_at__lte=now)
    related = rows.select_related("account").order_by("account", "days")
    for watch in related[: ACCOUNTS_AT_ONCE * len(WIDTHS)]:
        due[watch.account_id].append(watch)
    return sum(_look(watches[0].account, watches, now=now) for watches in due.values())


def _begin_to_watch(*, now: datetime) -> None:
    wanted = Subscription.objects.filter(account=OuterRef("pk"), wants_moves=True)
    unwatched = Account.objects.filter(Exists(wanted), watches=None).order_by("pk")
    ScoreWatch.objects.bulk_create(
        [
            ScoreWatch(account=account, days=days, next_at=now)
            for account in unwatched[:ACCOUNTS_AT_ONCE]
            for days in WIDTHS
        ],
        ignore_conflicts=True,
    )


def _look(account: Account, watches: list[ScoreWatch], *, now: datetime) -> bool:
    """True when its members are told."""
    zone = zone_of(account)
    last = local_day(now, zone) - DAY
    daily = daily_counts(Coverage.of(account, now=now), account, last=last)
    moved = []
    with transaction.atomic():
        for watch in watches:
            before = watch.next_at
            if _note(watch, direction(*Pair(last, watch.days).counts(daily)), last):
                moved.append(watch.days)
            watch.next_at = _next_look(last + DAY, zone)
            # Another worker has looked meanwhile, and told.
            if not _save(watch, before):
                transaction.set_rollback(True)
                return False
        if not moved:
            return False
        alert = Alert.objects.create(
            account=account, kind=Alert.Kind.MOVED, at=now, last=last, days=moved
        )
        mail_alerts({account.pk: alert}, wanted="wants_moves", now=now)
    return True


def _note(watch: ScoreWatch, found: str, last: date) -> bool:
    """Keep what was found; whether it is news."""
    crossed = bool(found) and found != watch.direction and watch.looked_on is not None
    # Around the border of what is significant it may cross back and forth every day.
    if crossed and found == watch.told and watch.told_on is not None:
        crossed = (last - watch.told_on).days >= watch.days
    watch.direction, watch.looked_on = found, last
    if crossed:
        watch.told, watch.told_on = found, last
    return crossed


def _save(watch: ScoreWatch, before: datetime) -> bool:
    names = ("next_at", "looked_on", "direction", "told", "told_on")
    rows = ScoreWatch.objects.filter(pk=watch.pk, next_at=before)
    return bool(rows.update(**{name: getattr(watch, name) for name in names}))


def daily_counts(coverage: Coverage, account: Account, *, last: date) -> Daily:
    """Who answered on each day of the widest pair of windows. At most 2 queries."""
    days = 2 * max(WIDTHS)
    window = Pair(last, days).window(coverage.zone)
    found = Figures(Selection(account), coverage).distributions(window, By.DAY)
    return {day: Counts.of_distribution(each) for day, each in found.items()}


def _next_look(today: date, zone: ZoneInfo) -> datetime:
    """Tomorrow morning."""
    return datetime.combine(today + DAY, time(HOUR), zone)
