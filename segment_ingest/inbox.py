"""Events into rows: quota, dedup and insert in one transaction.

What several requests of a process want stored at the same time is stored in one
transaction (promoter.lib.together), so that they share its statements and its wait for the
disk. Each is answered after that commit: a 200 is a promise.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.utils.translation import gettext_noop

from promoter.lib.together import Together
from segment_ingest import quota
from segment_ingest.inbox_rows import (
    Day,
    Names,
    Row,
    add_counts,
    insert,
    known_ids,
    lock_days,
)
from segment_ingest.inbox_statement import Given, take
from segment_ingest.models import SegmentMessage
from segment_ingest.wire import Event

log = logging.getLogger(__name__)
Verdict = SegmentMessage.Verdict
FROM_A_BROWSER = gettext_noop("A browser key never starts a survey.")
# Events in one transaction, unless a single request holds more.
MOST_TOGETHER = 2_500
# PostgreSQL's deadlock_detected and serialization_failure: the same again will do.
WORTH_ANOTHER_TRY = {"40P01", "40001"}


@dataclass(frozen=True, slots=True)
class Wish:
    """What one request wants stored; `rejected` is only counted.

    `key_id` is the key that was shown, unless somebody has just looked it up.
    """

    account_id: int
    now: datetime
    events: Sequence[Event] = ()
    key_id: int | None = None
    rejected: int = 0
    may_trigger: bool = True

    @property
    def day(self) -> date:
        return quota.utc_day(self.now)


@dataclass(slots=True)
class Stored:
    """What became of it. Not `is_known`: the key was revoked, or the account is gone or
    suspended, and nothing was done."""

    limit: int = 0
    is_full: bool = False
    is_known: bool = True
    accepted: int = 0
    duplicates: int = 0
    over_quota: list[Event] = field(default_factory=list)
    waiting: int = 0


def store(wish: Wish) -> Stored:
    """Keep each new event once, up to the day's limit, in the order given.

    A duplicate (account, messageId) is not counted; nor is what goes beyond the limit.
    Without `may_trigger` a track is kept for the record and starts nothing. Raises what
    the database does.
    """
    return _together.do(wish)


def _store_all(wishes: Sequence[Wish]) -> Sequence[Stored | Exception]:
    """The plain ones in one statement, the others in one transaction."""
    outcomes: dict[int, Stored | Exception] = {}
    if connection.vendor == "postgresql":
        try:
            outcomes |= _store_plain(wishes)
        except (DatabaseError, InterfaceError) as error:
            if connection.connection is None:
                # Nobody answers, and asking again would take as long again.
                return [error] * len(wishes)
            log.info("%d requests go the long way: %s", len(wishes), error)
    rest = [at for at in range(len(wishes)) if at not in outcomes]
    if rest:
        stored = _store_together([wishes[at] for at in rest])
        outcomes |= zip(rest, stored, strict=True)
    return [outcomes[at] for at in range(len(wishes))]


def _store_plain(wishes: Sequence[Wish]) -> dict[int, Stored]:
    """By their places, those that could be done in a single statement; it is committed.

    Nothing is done for the others, nor if it raises.
    """
    day = wishes[0].day
    asked: dict[int, Given] = {}
    owned: dict[int, list[Row]] = {}
    seen: Names = set()
    for at, wish in enumerate(wishes):
        if wish.day != day:
            continue
        given = asked.setdefault(wish.account_id, Given(wish.account_id))
        owned[at] = []
        for event in wish.events:
            name = (wish.account_id, event.message_id)
            if name not in seen:
                seen.add(name)
                owned[at].append(_row(wish, event))
        given.wanted += len(owned[at])
        given.events += len(wish.events)
        given.rejected += wish.rejected
        if wish.key_id is not None:
            given.keys.add(wish.key_id)
    taken = take(day, asked.values(), [row for rows in owned.values() for row in rows])
    outcomes: dict[int, Stored] = {}
    for at, rows in owned.items():
        found = taken.get(wishes[at].account_id)
        if found is None:
            continue
        new = [row for row in rows if (row.account_id, row.message_id) in found.new]
        outcomes[at] = Stored(
            limit=found.limit,
            is_full=found.accepted + len(found.new) >= found.limit,
            accepted=len(new),
            duplicates=len(wishes[at].events) - len(new),
            waiting=sum(row.verdict == Verdict.PENDING for row in new),
        )
    return outcomes


def _store_together(wishes: Sequence[Wish]) -> Sequence[Stored | Exception]:
    """All in one transaction; when that fails, each in its own, so that one of them that
    can't be stored costs the others nothing."""
    try:
        return _store_twice(wishes)
    except (OperationalError, InterfaceError) as error:
        if len(wishes) == 1 or not connection.is_usable():
            return [error] * len(wishes)
    except DatabaseError as error:
        if len(wishes) == 1:
            return [error]
    log.warning("%d requests could not be stored together", len(wishes))
    return _store_each(wishes)


def _store_each(wishes: Sequence[Wish]) -> Sequence[Stored | Exception]:
    outcomes: list[Stored | Exception] = []
    # Whose rows somebody holds: the others must not wait for the time-out again and again.
    held: dict[int, Exception] = {}
    for wish in wishes:
        try:
            if wish.account_id in held:
                raise held[wish.account_id]
            outcomes += _store_twice([wish])
        except (OperationalError, InterfaceError) as error:
            held[wish.account_id] = error
            outcomes.append(error)
        except DatabaseError as error:
            outcomes.append(error)
    return outcomes


def _store_twice(wishes: Sequence[Wish]) -> list[Stored]:
    """Again where that helps: on a connection that had died, or after a deadlock.

    If the commit was done and only its answer lost, the second finds duplicates.
    """
    try:
        return _store(wishes)
    except (OperationalError, InterfaceError) as error:
        if connection.in_atomic_block:
            raise
        if not connection.is_usable():
            connection.close()
        elif getattr(error.__cause__, "sqlstate", "") not in WORTH_ANOTHER_TRY:
            raise
    return _store(wishes)


_together: Together[Wish, Stored] = Together(
    _store_all, weigh=lambda wish: len(wish.events), most=MOST_TOGETHER
)


def _store(wishes: Sequence[Wish]) -> list[Stored]:
    keys = {wish.key_id for wish in wishes if wish.key_id is not None}
    with lock_days({(wish.account_id, wish.day) for wish in wishes}, keys) as (days, known):
        outcomes = [
            Stored(
                is_known=(wish.account_id, wish.day) in days
                and (wish.key_id is None or wish.key_id in known)
            )
            for wish in wishes
        ]
        usable = [
            (wish, outcome, days[wish.account_id, wish.day])
            for wish, outcome in zip(wishes, outcomes, strict=True)
            if outcome.is_known
        ]
        _insert(usable)
        for wish, outcome, day in usable:
            day.duplicates += outcome.duplicates
            day.rejected += wish.rejected
            outcome.limit, outcome.is_full = day.limit, day.room <= 0
            day.refused += len(outcome.over_quota)
        add_counts(days.values())
    return outcomes


def _insert(usable: Sequence[tuple[Wish, Stored, Day]]) -> None:
    ids = {
        (wish.account_id, event.message_id)
        for wish, _, _ in usable
        for event in wish.events
    }
    if not ids:
        return
    seen = known_ids(ids, is_tight=any(len(ids) > day.room for _, _, day in usable))
    rows: list[Row] = []
    owners: list[tuple[Stored, Day]] = []
    for wish, outcome, day in usable:
        for event in wish.events:
            name = (wish.account_id, event.message_id)
            if name in seen:
                outcome.duplicates += 1
                continue
            seen.add(name)
            if day.room <= 0:
                outcome.over_quota.append(event)
                continue
            day.take(1)
            rows.append(_row(wish, event))
            owners.append((outcome, day))
    new = insert(rows)
    for row, (outcome, day) in zip(rows, owners, strict=True):
        if (row.account_id, row.message_id) in new:
            outcome.accepted += 1
            outcome.waiting += row.verdict == Verdict.PENDING
        else:
            day.take(-1)
            outcome.duplicates += 1


def _row(wish: Wish, event: Event) -> Row:
    verdict, detail = _verdict_at_the_door(event), ""
    if event.type == "track" and not wish.may_trigger:
        verdict, detail = Verdict.IGNORED, FROM_A_BROWSER
    # Without a userId we keep nothing of the person, not even in the inbox.
    nameless = event.type == "identify" and not event.user_id
    return Row(
        account_id=wish.account_id,
        message_id=event.message_id,
        type=event.type,
        user_id=event.user_id,
        event=event.name,
        body=None if nameless else event.text,
        timestamp=event.timestamp,
        received_at=wish.now,
        verdict=verdict.value,
        detail=detail,
        is_public=not wish.may_trigger,
        processed_at=None if verdict == Verdict.PENDING else wish.now,
    )


def _verdict_at_the_door(event: Event) -> SegmentMessage.Verdict:
    """What needs no look at other rows is decided here and never waits."""
    if event.type not in ("identify", "track", "delete"):
        return Verdict.IGNORED
    return Verdict.PENDING if event.user_id else Verdict.NO_USER_ID
