"""Who is calling: by the key they show, or by the token in the address.

One statement finds the account and how much of its day is used, so that who is over the
limit costs no parsing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import IntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from promoter.accounts.models import Account, ApiKey
from promoter.accounts.suspending import SUSPENDED
from segment_ingest import quota, refusals
from segment_ingest.answers import Answer, Refused
from segment_ingest.models import Connection, DailyUsage


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose events these are, and by which way they came in."""

    account: Account
    way_in: str
    may_trigger: bool = True


def caller_of_key(key: str | None, *, origin: str, now: datetime) -> Caller:
    """Who shows this key. `origin` is the web page's, if a browser calls. Raises Refused.

    A browser key stands in a web page for everybody to read: it counts from the pages it
    names only, and what it brings never starts a survey.
    """
    if not key:
        raise Refused(
            Answer.error(
                401,
                "missing_key",
                "Send your API key as the user name of Basic authentication.",
            )
        )
    found = _with_usage(ApiKey.objects.with_text(key), now).first()
    if found is None:
        raise Refused(
            Answer.error(401, "unknown_key", "This API key is unknown or revoked.")
        )
    way_in = f"key {found.name}"
    if found.is_browser and origin not in found.allowed_origins:
        message = f"This key is not for pages of {origin or 'no website'}."[:200]
        refusals.record_one(
            account=found.account,
            code="origin_not_allowed",
            message=message,
            way_in=way_in,
            now=now,
        )
        raise Refused(Answer.error(403, "origin_not_allowed", message))
    _check_standing(found.account, way_in, now)
    found.note_use(now=now)
    _check_limit(found, now)
    return Caller(found.account, way_in, may_trigger=not found.is_browser)


def connection_of_token(token: str, *, now: datetime) -> Connection:
    """The connection that this address belongs to. Raises Refused."""
    usable = Connection.objects.usable().filter(token=token)
    found: Connection | None = _with_usage(usable, now).first()
    if found is None:
        raise Refused(
            Answer.error(
                401, "unknown_connection", "This webhook address is unknown or revoked."
            )
        )
    _check_standing(found.account, f"webhook {found.name}", now)
    _check_limit(found, now)
    return found


def over_quota(account: Account, now: datetime) -> Answer:
    return Answer.error(
        429, "over_quota", limit_text(account), retry_after=quota.seconds_to_reset(now)
    )


def limit_text(account: Account) -> str:
    return (
        f"The daily limit of {account.daily_event_limit:,} events is reached. "
        "It starts again at 00:00 UTC."
    )


def _with_usage(rows: QuerySet[Any], now: datetime) -> QuerySet[Any]:
    taken = DailyUsage.objects.filter(
        account=OuterRef("account"), day=quota.utc_day(now)
    ).values("accepted")
    used = Coalesce(Subquery(taken), Value(0), output_field=IntegerField())
    annotated: QuerySet[Any] = rows.select_related("account").annotate(taken=used)
    return annotated


def _check_standing(account: Account, way_in: str, now: datetime) -> None:
    """403: Segment drops it, as an operator has decided, instead of trying for hours."""
    if account.suspended_at is None:
        return
    code = "account_suspended"
    refusals.record_one(
        account=account, code=code, message=SUSPENDED, way_in=way_in, now=now
    )
    raise Refused(Answer.error(403, code, SUSPENDED))


def _check_limit(found: Any, now: datetime) -> None:
    if found.taken >= found.account.daily_event_limit:
        # Counted as one: how many events the body holds is not looked at.
        quota.count_or_create(account=found.account, day=quota.utc_day(now), refused=1)
        raise Refused(over_quota(found.account, now))
