"""Write down which digests are due: a row for each, before anything is sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q, QuerySet

from promoter.accounts.models import Account, Membership, User
from promoter.lib.zones import zone_or_none
from surveys.daily_sums.coverage import zone_of
from surveys.digests.periods import newest, next_digest
from surveys.digests.subscriptions import usual
from surveys.models import Subscription, TeamMail

BATCH = 500
KEPT = timedelta(days=400)
"""So long a person, and who runs the installation, can look up what was sent."""
DIGESTS = (TeamMail.Kind.DAILY, TeamMail.Kind.WEEKLY, TeamMail.Kind.MONTHLY)


def reader_zone(user: User, account: Account) -> ZoneInfo:
    """The person's own, or else the account's."""
    return zone_or_none(user.time_zone or "-") or zone_of(account)


def subscribe(membership: Membership, *, now: datetime) -> Subscription:
    """The member's subscription, not saved: as usual for their role, and their first
    digest is of the period that is running."""
    subscription = Subscription(
        account_id=membership.account_id, membership=membership, **usual(membership.role)
    )
    move_on(subscription, now=now)
    return subscription


def move_on(subscription: Subscription, *, now: datetime) -> None:
    """To the next digest after now, by the zones of today; the caller saves it."""
    member = subscription.membership
    subscription.next_at = next_digest(
        subscription.frequency,
        reader=reader_zone(member.user, member.account),
        account=zone_of(member.account),
        now=now,
    )


def subscribe_new_members(*, now: datetime) -> int:
    """Give a subscription to who has none yet; to how many. Of two at once one does it."""
    members = Membership.objects.filter(subscription=None).select_related("user", "account")
    rows = [subscribe(member, now=now) for member in members.order_by("pk")[:BATCH]]
    Subscription.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def plan_digests(*, now: datetime) -> int:
    """Plan what is due; for how many members. Whoever comes second finds nothing.

    After days of standing still it is the newest period alone, and what still waits of
    earlier ones is dropped: nobody wants a pile of old mornings. Who moves to the east has
    their next one up to a day late, once.
    """
    planned = 0
    while count := _plan_some(now=now):
        planned += count
    return planned


@transaction.atomic
def _plan_some(*, now: datetime) -> int:
    due = (
        Subscription.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(next_at__lte=now)
        .select_related("membership__user", "membership__account")
        .order_by("account", "pk")
    )
    subscriptions = list(due[:BATCH])
    if not subscriptions:
        return 0
    _superseded([each.membership_id for each in subscriptions], now=now).delete()
    TeamMail.objects.bulk_create(
        [digest(each, now=now) for each in subscriptions if each.membership.user.is_active],
        ignore_conflicts=True,
    )
    for each in subscriptions:
        move_on(each, now=now)
    Subscription.objects.bulk_update(subscriptions, ["next_at"])
    return len(subscriptions)


def digest(
    subscription: Subscription,
    *,
    now: datetime,
    frequency: str = "",
    is_asked_for: bool = False,
) -> TeamMail:
    """The row of the newest one, not saved."""
    member = subscription.membership
    frequency = frequency or subscription.frequency
    span = newest(
        frequency,
        reader=reader_zone(member.user, member.account),
        account=zone_of(member.account),
        now=now,
    )
    return TeamMail(
        account_id=subscription.account_id,
        membership=member,
        kind=frequency,
        first=span.first,
        last=span.last,
        is_asked_for=is_asked_for,
        created_at=now,
        due_at=now,
    )


def _superseded(members: list[int], *, now: datetime) -> QuerySet[TeamMail]:
    waits = Q(kind__in=DIGESTS, status=TeamMail.Status.WAITING, is_asked_for=False)
    return TeamMail.objects.filter(
        waits | Q(created_at__lt=now - KEPT), membership__in=members
    )
