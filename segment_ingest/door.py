"""Who is calling: by the key they show, or by the token in the address.

Who a key belongs to is remembered for a minute, that a key is unknown for some seconds;
then neither costs a look-up or the reading of a body. Nothing rests on it: whether the key
is usable, the account not suspended and the limit not reached is seen anew in the
transaction that stores (inbox.py), or where somebody is turned away (used_up.py). So a key
is dead with the commit of its revocation.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import IntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from promoter.accounts.models import Account, ApiKey
from promoter.accounts.suspending import SUSPENDED
from segment_ingest import quota, refusals
from segment_ingest.answers import Answer, Refused
from segment_ingest.models import Connection, DailyUsage
from segment_ingest.used_up import note_used_up

# For so long a key may go by its old name where refusals are listed, and its last use not
# be noted. A thousand busy accounts are 17 look-ups a second, in each process.
REMEMBERED = timedelta(minutes=1)
# A key that was asked for before it was issued works after so long.
UNKNOWN_REMEMBERED = timedelta(seconds=10)
# A flood of made-up keys must not fill the memory.
MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose events these are, and by which way they came in."""

    account: Account
    way_in: str
    may_trigger: bool = True
    key_id: int | None = None
    digest: str = ""


_callers: dict[str, tuple[datetime, Caller | None]] = {}


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
    if not key.isascii():
        raise unknown_key()
    digest = ApiKey.digest_of(key)
    at, caller = _callers.get(digest, (None, None))
    lasts = UNKNOWN_REMEMBERED if caller is None else REMEMBERED
    if at is None or not timedelta(0) <= now - at < lasts:
        caller = _look_up(key, digest, origin, now)
    if caller is None:
        raise unknown_key()
    return caller


def _look_up(key: str, digest: str, origin: str, now: datetime) -> Caller | None:
    found = _with_usage(ApiKey.objects.with_text(key), now).first()
    if found is None:
        _remember(digest, None, now)
        return None
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
    _note_usage(found, now)
    caller = Caller(found.account, way_in, not found.is_browser, found.pk, digest)
    # Of a browser key the page it is used on is looked at each time.
    if not found.is_browser:
        _remember(digest, caller, now)
    return caller


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
    _note_usage(found, now)
    return found


def refusal_of(caller: Caller, now: datetime) -> Refused:
    """Why somebody who was known a moment ago is not let in any more."""
    _callers.pop(caller.digest, None)
    account = Account.objects.filter(pk=caller.account.pk).first()
    try:
        if account is not None:
            _check_standing(account, caller.way_in, now)
    except Refused as refused:
        return refused
    return unknown_key()


def unknown_key() -> Refused:
    return Refused(Answer.error(401, "unknown_key", "This API key is unknown or revoked."))


def over_quota(limit: int, now: datetime) -> Answer:
    return Answer.error(
        429, "over_quota", limit_text(limit), retry_after=quota.seconds_to_reset(now)
    )


def limit_text(limit: int) -> str:
    return f"The daily limit of {limit:,} events is reached. It starts again at 00:00 UTC."


def _remember(digest: str, caller: Caller | None, now: datetime) -> None:
    if len(_callers) >= MOST_REMEMBERED:
        _callers.clear()
    _callers[digest] = (now, caller)


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


def _note_usage(found: Any, now: datetime) -> None:
    is_used_up = found.taken >= found.account.daily_event_limit
    note_used_up(found.account.pk, now, is_used_up=is_used_up)
