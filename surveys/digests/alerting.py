"""Tell members of detractors who wrote: soon, together, and of each answer once."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from promoter.accounts.models import Account
from surveys.models import Alert, AlertedAnswer, Response, Subscription, TeamMail
from surveys.nps import Band

SETTLE = timedelta(seconds=30)
"""The words may still be added to; with the beat it is less than a minute."""
APART = timedelta(minutes=10)
"""From one alert of an account to its next, so that a wave is no flood of mail."""
BATCH = 1000


def is_alarming(response: Response) -> bool:
    """Whether there is a detractor to be heard, as of now."""
    return response.band is Band.DETRACTOR and bool(response.comment)


def note_answer(response: Response, *, created: bool, now: datetime) -> None:
    """Have members told of the new or changed answer if it is a detractor's words. In the
    caller's transaction. Who changed their mind before anybody was told is not told of;
    who was told of is not told of again.
    """
    waiting = AlertedAnswer.objects.filter(response=response, alert=None)
    if not is_alarming(response):
        if not created:
            waiting.delete()
    elif created or not waiting.update(settles_at=now + SETTLE):
        AlertedAnswer.objects.get_or_create(
            response=response,
            defaults={"account_id": response.account_id, "settles_at": now + SETTLE},
        )


def plan_alerts(*, now: datetime) -> int:
    """Gather what has settled into an alert for each account; how many alerts.

    An account is locked while its answers are gathered: two workers at once make one
    alert. Whose account somebody holds at the moment waits for the next run.
    """
    settled = AlertedAnswer.objects.filter(
        account=OuterRef("pk"), alert=None, settles_at__lte=now
    )
    recent = Alert.objects.filter(
        account=OuterRef("pk"), kind=Alert.Kind.DETRACTORS, at__gt=now - APART
    )
    with transaction.atomic():
        locked = Account.objects.select_for_update(
            of=("self",), no_key=True, skip_locked=True
        )
        ready = locked.filter(Exists(settled), ~Exists(recent)).order_by("pk")
        accounts = [account.pk for account in ready[:BATCH]]
        # Read again under the lock: another worker may have been by just before.
        accounts = list(
            Account.objects.filter(~Exists(recent), pk__in=accounts).values_list(
                "pk", flat=True
            )
        )
        alerts = {
            account: Alert(account_id=account, kind=Alert.Kind.DETRACTORS, at=now)
            for account in accounts
        }
        Alert.objects.bulk_create(alerts.values())
        for account, alert in alerts.items():
            AlertedAnswer.objects.filter(
                account=account, alert=None, settles_at__lte=now
            ).update(alert=alert)
        mail_alerts(alerts, wanted="wants_detractors", now=now)
    return len(alerts)


def mail_alerts(alerts: dict[int, Alert], *, wanted: str, now: datetime) -> None:
    """A mail to each member who wants this kind, by the account's id. In the caller's
    transaction; 2 queries."""
    if not alerts:
        return
    subscriptions = Subscription.objects.filter(
        **{wanted: True}, account__in=alerts, membership__user__is_active=True
    )
    members: defaultdict[int, list[int]] = defaultdict(list)
    for account, member in subscriptions.order_by("account", "pk").values_list(
        "account", "membership"
    ):
        members[account].append(member)
    TeamMail.objects.bulk_create(
        TeamMail(
            account_id=account,
            membership_id=member,
            kind=alerts[account].kind,
            alert=alerts[account],
            created_at=now,
            due_at=now,
        )
        for account in alerts
        for member in members[account]
    )
