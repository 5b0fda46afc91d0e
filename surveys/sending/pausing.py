"""Stop an account's mail while the mail server refuses its sender, and start it again.

Its people are told by a banner on every page and not by mail: the way out that a mail
would take is the one that has just been refused.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from promoter.accounts.models import Account
from surveys.models import SurveyEmail
from surveys.sending.retrying import MAX_ERROR

PROBE_AFTER = timedelta(hours=1)
"""Then one mail finds out whether the server has changed its mind."""


def pause_sending(*, email: SurveyEmail, error: str, now: datetime) -> None:
    """The server refused the sender of this mail: none of its account's is tried.

    The mail is as due as before and not to blame, also when it was being handed over.
    After a probe that failed this sets the time anew, so that the next one comes a while
    later.
    """
    with transaction.atomic():
        Account.objects.filter(pk=email.account_id).update(
            sending_paused_at=now, sending_paused_because=error[:MAX_ERROR]
        )
        SurveyEmail.objects.held(email, *SurveyEmail.CLAIMED).update(
            status=SurveyEmail.Status.SCHEDULED, lease_until=None, error=error[:MAX_ERROR]
        )


def pause_waiting(*, error: str, now: datetime) -> None:
    """The server refused our sign-in, or the provider our key, which all accounts share:
    nobody's mail can go, and each account with mail due is told so."""
    due = SurveyEmail.objects.due(now=now).filter(account=OuterRef("pk"))
    Account.objects.filter(Exists(due)).update(
        sending_paused_at=now, sending_paused_because=error[:MAX_ERROR]
    )


def resume_sending(*, account: Account) -> bool:
    """Send again, unless it was paused anew since this row was read. True: it was us."""
    return (
        account.sending_paused_at is not None
        and Account.objects.filter(
            pk=account.pk, sending_paused_at=account.sending_paused_at
        ).update(sending_paused_at=None, sending_paused_because="")
        == 1
    )
