"""One request of a Segment client, from its bytes to the answer.

Framework-free on purpose: the DRF view is one adapter around `accept`. Status codes are
chosen for the retries of Segment and its clients: 200 for stored, duplicate and nothing
to do; 400 and 413 drop what will never be usable; 401 only after a look-up that worked
and found nothing; 429 and 503 bring the event back later. Clients choke on an error body
without `code` and `message`, and take a 202 for a failure.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import DatabaseError, DataError, InterfaceError
from django.db.models import IntegerField, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from promoter.accounts.models import Account, ApiKey
from segment_ingest import inbox, quota
from segment_ingest.models import DailyUsage
from segment_ingest.wire import (
    Reading,
    Refusal,
    Rejected,
    key_in_document,
    read_document,
    read_events,
)

log = logging.getLogger(__name__)
RETRY_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, a JSON body, and what an adapter has to do besides."""

    status: int
    body: dict[str, Any] = field(default_factory=lambda: {"success": True})
    retry_after: int | None = None
    waiting: int = 0

    @classmethod
    def error(
        cls, status: int, code: str, message: str, *, retry_after: int | None = None
    ) -> Answer:
        body = {"success": False, "code": code, "message": message}
        return cls(status, body, retry_after)


class Refused(Exception):
    """Ends the request with this answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.body["code"])
        self.answer = answer


def accept(
    *, call: str, body: bytes, key: str | None, gzipped: bool, now: datetime
) -> Answer:
    """Take one call: `batch`, or the type of a single event.

    `key` is the one a header carried, if any. Never raises for anything a client or a
    failing database can do. `Answer.waiting` says how many events want processing.
    """
    try:
        return _accept(call, body, key, gzipped, now)
    except Refused as refused:
        return refused.answer
    except DataError:
        # Cleaning lets nothing through that a database refuses; if it ever does, a
        # retry would not help the sender, and the log tells us.
        log.exception("The database refused cleaned Segment events")
        return Answer.error(400, "unstorable", "The events can't be stored.")
    except (DatabaseError, InterfaceError) as error:
        # Away, read-only after a failover, not migrated yet. IntegrityError: the account
        # went while we worked; the retry will be told 401.
        log.warning("Segment events answered 503: %s", error)
        return Answer.error(
            503,
            "unavailable",
            "The events can't be stored at the moment. Please retry.",
            retry_after=RETRY_SECONDS,
        )


def _accept(
    call: str, body: bytes, key: str | None, gzipped: bool, now: datetime
) -> Answer:
    # With the key in a header, who is over the limit costs us no parsing.
    account = None if key is None else _account(key, now)
    try:
        document = read_document(body, gzipped=gzipped)
        if account is None:
            account = _account(key_in_document(document), now)
        reading = read_events(document, call=call, received_at=now)
    except Refusal as refusal:
        if account is not None:
            quota.count_or_create(account=account, day=quota.utc_day(now), rejected=1)
        raise Refused(Answer.error(refusal.status, refusal.code, refusal.message)) from None
    if not reading.events and reading.rejected:
        return _nothing_usable(account, reading, now)
    stored = inbox.store(
        account=account, events=reading.events, rejected=len(reading.rejected), now=now
    )
    if stored.over_quota and not stored.accepted:
        return _over_quota(account, now)
    return _taken(call, account, reading, stored)


def _account(key: str | None, now: datetime) -> Account:
    """The account of a key, in one statement with its count of the day. Raises Refused."""
    if not key:
        raise Refused(
            Answer.error(
                401,
                "missing_key",
                "Send your API key as the user name of Basic authentication.",
            )
        )
    taken = DailyUsage.objects.filter(
        account=OuterRef("account"), day=quota.utc_day(now)
    ).values("accepted")
    found: Any = (  # an ApiKey with the annotation
        ApiKey.objects.with_text(key)
        .select_related("account")
        .annotate(
            taken=Coalesce(Subquery(taken), Value(0), output_field=IntegerField()),
        )
        .first()
    )
    if found is None:
        raise Refused(
            Answer.error(401, "unknown_key", "This API key is unknown or revoked.")
        )
    if found.taken >= found.account.daily_event_limit:
        # Counted as one: how many events the body holds is not looked at.
        quota.count_or_create(account=found.account, day=quota.utc_day(now), refused=1)
        raise Refused(_over_quota(found.account, now))
    account: Account = found.account
    return account


def _taken(call: str, account: Account, reading: Reading, stored: inbox.Stored) -> Answer:
    """200. One status speaks for a whole batch, so what was not taken is listed."""
    if call != "batch":
        return Answer(200, waiting=stored.waiting)
    beyond = [
        Rejected(event.index, event.message_id, "over_quota", _limit_text(account))
        for event in stored.over_quota
    ]
    rejected = sorted(reading.rejected + beyond, key=lambda each: each.index)
    body = {
        "success": True,
        "accepted": stored.accepted,
        "duplicates": stored.duplicates,
        "rejected": [each.as_json() for each in rejected],
    }
    return Answer(200, body, waiting=stored.waiting)


def _nothing_usable(account: Account, reading: Reading, now: datetime) -> Answer:
    """The first problem gives the code; 413 only when size is all that is wrong."""
    rejected = reading.rejected
    quota.count_or_create(account=account, day=quota.utc_day(now), rejected=len(rejected))
    too_large = all(each.code == "event_too_large" for each in rejected)
    answer = Answer.error(413 if too_large else 400, rejected[0].code, rejected[0].message)
    if len(rejected) > 1:
        answer.body["rejected"] = [each.as_json() for each in rejected]
    return answer


def _over_quota(account: Account, now: datetime) -> Answer:
    return Answer.error(
        429, "over_quota", _limit_text(account), retry_after=quota.seconds_to_reset(now)
    )


def _limit_text(account: Account) -> str:
    return (
        f"The daily limit of {account.daily_event_limit:,} events is reached. "
        "It starts again at 00:00 UTC."
    )
