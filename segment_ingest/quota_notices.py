"""Tell the owners, once each a UTC day, that the quota nears its end and that it is over.

At most once: the day is marked as told, then the mail is sent, and a mail that the server
does not take unmarks it for the next run. A worker that dies between the two loses that
one notice. Accepted: the Segment page and the 429 say the same all day, and a mail that
came again every minute would be the worse fault.

Once a day even if the limit is raised in between. A limit of 0 is an operator's way to
switch an account off, and nobody is told of it every day.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import F, Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext

from campaigns.models import Campaign
from promoter.accounts.models import Account
from promoter.accounts.notices import page_address, tell_owners
from promoter.lib.relative import exact_time
from promoter.lib.zones import zone_or_none
from segment_ingest.models import DailyUsage, EventCount
from segment_ingest.quota import utc_day

COSTLIEST = 3
# What filled up in the last minute of a day is told in the first of the next.
AFTERMATH = timedelta(minutes=10)


def tell_of_quotas(*, now: datetime) -> int:
    """Mail the owners whose account crossed a line; how many accounts were told.

    Who crossed both since the last run is told of the second alone.
    """
    told = 0
    for usage in _used_up(now):
        told += _tell(usage, {"told_full_at": now}, "full", now)
    for usage in _nearly(now):
        told += _tell(usage, {"told_high_at": now}, "high", now)
    return told


def _used_up(now: datetime) -> QuerySet[DailyUsage]:
    return _limited().filter(
        day__gte=utc_day(now - AFTERMATH),
        told_full_at=None,
        accepted__gte=F("account__daily_event_limit"),
    )


def _nearly(now: datetime) -> QuerySet[DailyUsage]:
    limit = F("account__daily_event_limit")
    return _limited().filter(
        day=utc_day(now),
        told_high_at=None,
        told_full_at=None,
        # Whole numbers: 80 % rounded up, without a product that could overflow.
        accepted__gte=limit - limit / 5,
        accepted__lt=limit,
    )


def _limited() -> QuerySet[DailyUsage]:
    return (
        DailyUsage.objects.filter(account__daily_event_limit__gt=0)
        .select_related("account")
        .order_by("pk")
    )


def _tell(usage: DailyUsage, mark: dict[str, datetime], level: str, now: datetime) -> bool:
    (column,) = mark
    account = usage.account

    def write() -> tuple[str, str]:
        if level == "full":
            subject = gettext("%(account)s: the quota of Segment events is used up")
        else:
            subject = gettext("%(account)s: the quota of Segment events is used to 80 %%")
        text = render_to_string("emails/quota.txt", _facts(usage, level, now))
        return subject % {"account": account.name}, text.strip()

    untold = Q(pk=usage.pk) & Q(**{column: None})
    if not DailyUsage.objects.filter(untold).update(**mark):
        return False
    if tell_owners(account=account, write=write):
        return True
    DailyUsage.objects.filter(Q(pk=usage.pk) & Q(**mark)).update(**{column: None})
    return False


def _facts(usage: DailyUsage, level: str, now: datetime) -> dict[str, object]:
    account = usage.account
    resets_at = datetime.combine(usage.day + timedelta(days=1), time.min, UTC)
    zone = zone_or_none(account.time_zone) or ZoneInfo("UTC")
    return {
        "is_full": level == "full",
        "is_over": resets_at <= now,
        "usage": usage,
        "limit": account.daily_event_limit,
        "resets_at": "00:00 UTC",
        "resets_at_local": exact_time(resets_at, zone=zone)
        if zone.utcoffset(resets_at.replace(tzinfo=None))
        else "",
        "costliest": _costliest(account, usage.day),
        "page": page_address(reverse("segment")),
    }


def _costliest(account: Account, day: date) -> list[tuple[str, int]]:
    """The events that cost the most and that nothing here needs, with their counts.

    People become known by identify, and live campaigns wait for their events: turning
    those off would turn the surveys off, or let go out what was to be withdrawn.
    """
    live = Campaign.objects.live().filter(account=account)
    # "" is what counting.py lumps together: nothing of that name can be turned off.
    needed = {""}.union(*live.values_list("event_name", "cancel_event"))
    counts = (
        EventCount.objects.filter(account=account, day=day)
        .exclude(type__in=["identify", "delete"])
        .exclude(type="track", event__in=needed)
        .order_by("-count", "type", "event")
    )
    return [
        (
            each.event or gettext("all %(type)s calls") % {"type": each.type},
            each.count,
        )
        for each in counts[:COSTLIEST]
    ]
