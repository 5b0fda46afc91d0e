"""One request of a Segment client or of Segment itself, from its bytes to the answer.

Framework-free on purpose: the DRF views are one adapter around `accept` and
`accept_webhook`. See answers.py for how the statuses are chosen.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, DataError, InterfaceError
from django.db.models import Q

from promoter.lib.logs import in_lines
from segment_ingest import refusals
from segment_ingest.answers import Answer, Refused
from segment_ingest.bodies import Refusal, read_text
from segment_ingest.door import (
    Caller,
    caller_of_key,
    connection_of_token,
    limit_text,
    over_quota,
    refusal_of,
)
from segment_ingest.inbox import Stored, Wish, store
from segment_ingest.models import Connection
from segment_ingest.signatures import is_signed
from segment_ingest.used_up import (
    count_refused,
    note_used_up,
    seems_used_up,
    standing_of,
)
from segment_ingest.wire import (
    Reading,
    Rejected,
    key_in_document,
    read_document,
    read_events,
    read_webhook,
)

log = logging.getLogger(__name__)
RETRY_SECONDS = 5
# "Last event" of a connection may lag by this much; so not every request writes it.
LAG = timedelta(minutes=1)


def accept(
    *,
    call: str,
    body: bytes,
    key: str | None,
    gzipped: bool,
    now: datetime,
    origin: str = "",
) -> Answer:
    """Take one call: `batch`, or the type of a single event.

    `key` is the one a header carried, if any; `origin` the web page's that called. Never
    raises for anything a client or a failing database can do. `Answer.waiting` says how
    many events want processing.
    """
    return _guarded(lambda: _accept(call, body, key, gzipped, origin, now))


def accept_webhook(
    *, token: str, body: bytes, signature: str, gzipped: bool, now: datetime
) -> Answer:
    """Take what one of Segment's Webhooks destinations posted: an object or an array.

    `signature` is the X-Signature header, "" without one. Like accept otherwise.
    """
    return _guarded(lambda: _accept_webhook(token, body, signature, gzipped, now))


def _guarded(take: Callable[[], Answer]) -> Answer:
    try:
        return take()
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
    call: str, body: bytes, key: str | None, gzipped: bool, origin: str, now: datetime
) -> Answer:
    # With the key in a header, who is over the limit costs us no parsing.
    caller = None if key is None else _admitted(key, origin, now)
    try:
        document, is_clean = read_document(body, gzipped=gzipped)
        if caller is None:
            caller = _admitted(key_in_document(document), origin, now)
        reading = read_events(document, call=call, received_at=now, is_clean=is_clean)
    except Refusal as refusal:
        raise _unreadable(caller, refusal, now) from None
    return _store(call, caller, reading, now)


def _admitted(key: str | None, origin: str, now: datetime) -> Caller:
    caller = caller_of_key(key, origin=origin, now=now)
    _check_limit(caller, now)
    return caller


def _check_limit(caller: Caller, now: datetime) -> None:
    """Raises Refused."""
    account = caller.account.pk
    if not seems_used_up(account, now):
        return
    standing = standing_of(account, caller.key_id, now=now)
    if not standing.is_known:
        raise refusal_of(caller, now)
    note_used_up(account, now, is_used_up=standing.is_full)
    if standing.is_full:
        count_refused(account, now)
        raise Refused(over_quota(standing.limit, now))


def _accept_webhook(
    token: str, body: bytes, signature: str, gzipped: bool, now: datetime
) -> Answer:
    connection = connection_of_token(token, now=now)
    caller = Caller(connection.account, f"webhook {connection.name}")
    _check_limit(caller, now)
    try:
        text = read_text(body, gzipped=gzipped, most=settings.SEGMENT_MAX_WEBHOOK_BYTES)
        _check_signature(connection, caller, text, signature, now)
        reading = read_webhook(text, received_at=now)
    except Refusal as refusal:
        raise _unreadable(caller, refusal, now) from None
    answer = _store("batch", caller, reading, now)
    if answer.status == 200:
        _note_event(connection, now)
    return answer


def _note_event(connection: Connection, now: datetime) -> None:
    """At most one write a minute, however many requests come at once."""
    if connection.last_event_at is None or connection.last_event_at < now - LAG:
        Connection.objects.filter(
            Q(last_event_at=None) | Q(last_event_at__lt=now - LAG), pk=connection.pk
        ).update(last_event_at=now)


def _check_signature(
    connection: Connection, caller: Caller, text: bytes, signature: str, now: datetime
) -> None:
    """Segment signs its JSON, so it is the inflated text that counts. Raises Refused."""
    if connection.takes_unsigned and not signature:
        return
    if signature and is_signed(text, signature, connection.secrets):
        return
    code, message = "bad_signature", "X-Signature doesn't match the signing secret."
    if not signature:
        code, message = "no_signature", "The call has no X-Signature."
    _keep(caller, Wish(caller.account.pk, now, rejected=1))
    refusals.record_one(
        account=caller.account, code=code, message=message, way_in=caller.way_in, now=now
    )
    raise Refused(Answer.error(401, code, message))


def _unreadable(caller: Caller | None, refusal: Refusal, now: datetime) -> Refused:
    if caller is not None:
        _keep(caller, Wish(caller.account.pk, now, rejected=1))
        refusals.record_one(
            account=caller.account,
            code=refusal.code,
            message=refusal.message,
            way_in=caller.way_in,
            now=now,
        )
    return Refused(Answer.error(refusal.status, refusal.code, refusal.message))


def _store(call: str, caller: Caller, reading: Reading, now: datetime) -> Answer:
    if not caller.may_trigger:
        reading = _without_deletions(reading)
    if not reading.events and reading.rejected:
        return _nothing_usable(caller, reading, now)
    wish = Wish(
        caller.account.pk,
        now,
        events=reading.events,
        rejected=len(reading.rejected),
        may_trigger=caller.may_trigger,
    )
    stored = _keep(caller, wish)
    _record_rejected(caller, reading, now)
    if stored.over_quota and not stored.accepted:
        return over_quota(stored.limit, now)
    _log(caller, reading, stored)
    return _taken(call, reading, stored)


def _keep(caller: Caller, wish: Wish) -> Stored:
    """Have it stored or counted, if the caller's key is usable at this very moment.
    Raises Refused, and what the database does."""
    stored = store(replace(wish, key_id=caller.key_id))
    if not stored.is_known:
        raise refusal_of(caller, wish.now)
    note_used_up(caller.account.pk, wish.now, is_used_up=stored.is_full)
    return stored


def _log(caller: Caller, reading: Reading, stored: Stored) -> None:
    """Where the way of an event begins in the logs: its messageId leads on. One line a
    request, as this is the busiest place there is."""
    if log.isEnabledFor(logging.INFO):
        counts = {"account": caller.account.pk, "stored": stored.accepted}
        for ids in in_lines(event.message_id for event in reading.events):
            log.info("Segment messages taken: %s", ids, extra=counts)


def _record_rejected(caller: Caller, reading: Reading, now: datetime) -> None:
    if not reading.rejected:
        return
    refusals.record(
        account=caller.account, rejected=reading.rejected, way_in=caller.way_in, now=now
    )


def _without_deletions(reading: Reading) -> Reading:
    """A browser key is public: with it anybody could have anybody erased."""
    refused = [
        Rejected(each.index, each.message_id, "not_allowed", "A browser key can't delete.")
        for each in reading.events
        if each.type == "delete"
    ]
    kept = [each for each in reading.events if each.type != "delete"]
    return Reading(kept, reading.rejected + refused)


def _taken(call: str, reading: Reading, stored: Stored) -> Answer:
    """200. One status speaks for a whole batch, so what was not taken is listed."""
    if call != "batch":
        return Answer(200, waiting=stored.waiting)
    beyond = [
        Rejected(event.index, event.message_id, "over_quota", limit_text(stored.limit))
        for event in stored.over_quota
    ]
    rejected = sorted(reading.rejected + beyond, key=lambda each: each.index)
    body: dict[str, Any] = {
        "success": True,
        "accepted": stored.accepted,
        "duplicates": stored.duplicates,
        "rejected": [each.as_json() for each in rejected],
    }
    return Answer(200, body, waiting=stored.waiting)


def _nothing_usable(caller: Caller, reading: Reading, now: datetime) -> Answer:
    """The first problem gives the code; 413 only when size is all that is wrong."""
    rejected = reading.rejected
    _keep(caller, Wish(caller.account.pk, now, rejected=len(rejected)))
    _record_rejected(caller, reading, now)
    too_large = all(each.code == "event_too_large" for each in rejected)
    answer = Answer.error(413 if too_large else 400, rejected[0].code, rejected[0].message)
    if len(rejected) > 1:
        answer.body["rejected"] = [each.as_json() for each in rejected]
    return answer
