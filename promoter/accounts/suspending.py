"""What the operators of the installation may do to an account: stop its mail, or all of it.

Nothing is lost by either: what is due waits, answers are taken, and who unsubscribes is
unsubscribed. Events of a suspended account are refused, and Segment drops those.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from promoter.accounts.audit import record
from promoter.accounts.audit_actions import Action
from promoter.accounts.models import Account, User

SUSPENDED = "This account is suspended by the people who run this installation. Ask them."


def suspend(*, account: Account, by: User, now: datetime) -> bool:
    """No mail, no events, no pages but one that says so. False when it was so already."""
    return _set(account, by, now, Action.ACCOUNT_SUSPENDED, "suspended_at", now)


def resume(*, account: Account, by: User, now: datetime) -> bool:
    """The end of a suspension; an operator's stop of the mail stays. False without one."""
    return _set(account, by, now, Action.ACCOUNT_RESUMED, "suspended_at", None)


def stop_sending(*, account: Account, by: User, now: datetime) -> bool:
    """No survey mail until an operator says so, whatever its owners press."""
    return _set(account, by, now, Action.MAIL_STOPPED, "sending_stopped_at", now)


def let_send(*, account: Account, by: User, now: datetime) -> bool:
    return _set(account, by, now, Action.MAIL_LET_GO, "sending_stopped_at", None)


@transaction.atomic
def _set(
    account: Account,
    by: User,
    now: datetime,
    action: Action,
    column: str,
    value: datetime | None,
) -> bool:
    # Of two operators who press at once, one leaves the line.
    before = {f"{column}__isnull": value is not None}
    changed = Account.objects.filter(pk=account.pk, **before).update(**{column: value})
    if changed:
        record(account=account, actor=by, action=action, now=now)
    return bool(changed)
