"""When to try a mail again, and when to give up."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from promoter.accounts.models import Account
from surveys.models import SurveyEmail

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=4)
# RFC 5321 4.5.4.1 asks for at least 4 to 5 days from a relay; a question about an order
# of last week is worse than none.
GIVE_UP_AFTER = timedelta(hours=72)
MAX_ERROR = 500
SOON = timedelta(minutes=10)
LAST_DOUBT = timedelta(minutes=30)


def wait_after(*, since: datetime, now: datetime) -> timedelta | None:
    """How long to wait after a failure, when the first of them was at `since`; None when
    it is time to give up. A minute, then two, four and so on: each wait is as long as all
    before it together, so no counter is needed."""
    if now - since >= GIVE_UP_AFTER:
        return None
    return min(now - since + FIRST_WAIT, LONGEST_WAIT)


def after_refusal(email: SurveyEmail, *, error: str, now: datetime) -> dict[str, Any]:
    """The columns of a mail that was refused for now: due again, or given up."""
    since = email.failing_since or now
    return _next_try(email, error, now=now, wait=wait_after(since=since, now=now))


def after_a_crash(email: SurveyEmail, *, error: str, now: datetime) -> dict[str, Any]:
    """The columns of a mail whose worker died before it left: due again, or given up.

    At once the first time, for it was hardly this mail that killed the worker. One that
    does so each time it is touched comes back ever more rarely, and not for ever.
    """
    since = email.failing_since or now
    expired = now - since >= GIVE_UP_AFTER
    wait = None if expired else min((now - since) / 4, LONGEST_WAIT)
    return _next_try(email, error, now=now, wait=wait)


def after_doubt(email: SurveyEmail, *, error: str, now: datetime) -> dict[str, Any]:
    """The columns of a mail that may have left: uncertain, or due again.

    Due again only where the account would rather send twice than not at all, with the
    same Message-ID, and at most twice: ten minutes after the first time and half an hour
    after the second. `sent_at` keeps when the first time was, so no counter is needed.
    """
    doubted = email.sent_at
    wait = SOON if doubted is None else LAST_DOUBT
    status, due_at = SurveyEmail.Status.UNCERTAIN, email.due_at
    at_least_once = email.account.delivery_policy == Account.DeliveryPolicy.AT_LEAST_ONCE
    if at_least_once and (doubted is None or now - doubted < LAST_DOUBT):
        status, due_at = SurveyEmail.Status.SCHEDULED, now + wait
    return {
        "status": status,
        "due_at": due_at,
        "sent_at": doubted or email.repeating_since or now,
        "repeating_since": None,
        "lease_until": None,
        "error": error[:MAX_ERROR],
    }


def after_the_end(email: SurveyEmail, *, error: str) -> dict[str, Any]:
    """The columns of a mail that is not tried again: failed, or uncertain where an earlier
    attempt may have arrived."""
    status = SurveyEmail.Status
    return {
        "status": status.UNCERTAIN if email.may_have_left else status.FAILED,
        "sent_at": email.sent_at or email.repeating_since,
        "repeating_since": None,
        "lease_until": None,
        "error": error[:MAX_ERROR],
    }


def _next_try(
    email: SurveyEmail, error: str, *, now: datetime, wait: timedelta | None
) -> dict[str, Any]:
    since = {"failing_since": email.failing_since or now}
    if wait is None:
        return since | after_the_end(email, error=f"Given up after 72 hours. {error}")
    return since | {
        "status": SurveyEmail.Status.SCHEDULED,
        "due_at": now + wait,
        "repeating_since": email.repeating_since,
        "lease_until": None,
        "error": error[:MAX_ERROR],
    }
