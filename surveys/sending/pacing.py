"""How many mails an account may send now: its own limit, and its pause."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from promoter.accounts.models import Account
from surveys.models import SurveyEmail
from surveys.sending.pausing import PROBE_AFTER

MINUTE = timedelta(minutes=1)


def that_may_send(accounts: QuerySet[Account], *, now: datetime) -> QuerySet[Account]:
    """Those that are not paused, or are to be probed, and below their mails a minute."""
    left = (
        SurveyEmail.objects.filter(account=OuterRef("pk"), sent_at__gt=now - MINUTE)
        .order_by()
        .values("account")
        .annotate(number=Count("pk"))
        .values("number")
    )
    number = Coalesce(Subquery(left, output_field=IntegerField()), 0)
    return accounts.filter(
        Q(sending_stopped_at=None, suspended_at=None),
        Q(sending_paused_at=None) | Q(sending_paused_at__lte=now - PROBE_AFTER),
        Q(mails_per_minute=None) | Q(mails_per_minute__gt=number),
    )


def limited_among(accounts: Sequence[int]) -> set[int]:
    """Those of these accounts that must be asked for their allowance."""
    limited = Account.objects.filter(pk__in=accounts).exclude(
        mails_per_minute=None,
        sending_paused_at=None,
        sending_stopped_at=None,
        suspended_at=None,
    )
    return set(limited.values_list("pk", flat=True))


def allowance(*, account: int, now: datetime) -> int:
    """How many mails of this account, one of those above, may be claimed.

    Exact for any number of workers, in every stretch of sixty seconds: what a worker has
    in hand counts as sent, and who asks holds the account's row until the claim is
    committed. Whoever meets that lock gets 0 and comes again. In the caller's transaction.
    """
    rows = Account.objects.select_for_update(skip_locked=True, no_key=True)
    row = rows.filter(pk=account).first()
    if row is None or row.sending_stopped_at or row.suspended_at:
        return 0
    # All accounts' claims are few, and the only index of claims knows no account.
    in_hand = list(SurveyEmail.objects.in_hand().values_list("account_id", flat=True))
    spent = in_hand.count(account)
    if row.sending_paused_at is not None:
        return max(0, 1 - spent) if row.sending_paused_at <= now - PROBE_AFTER else 0
    if row.mails_per_minute is None:
        # Its pause was taken back a moment ago.
        return 0
    spent += SurveyEmail.objects.filter(account=row, sent_at__gt=now - MINUTE).count()
    return max(0, row.mails_per_minute - spent)
