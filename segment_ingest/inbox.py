"""Events into rows: quota, dedup and insert in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from promoter.accounts.models import Account
from segment_ingest import quota
from segment_ingest.models import SegmentMessage
from segment_ingest.wire import Event

Verdict = SegmentMessage.Verdict
FROM_A_BROWSER = gettext_noop("A browser key never starts a survey.")


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of the events of one request."""

    accepted: int
    duplicates: int
    over_quota: list[Event]
    waiting: int


def store(
    *,
    account: Account,
    events: Sequence[Event],
    rejected: int,
    may_trigger: bool,
    now: datetime,
) -> Stored:
    """Keep each new event once, up to the day's limit, in the order given.

    Three statements when all are new and fit. A duplicate (account, messageId) is not
    counted; nor is what goes beyond the limit. `rejected` is only counted. Without
    `may_trigger` a track is kept for the record and starts nothing.
    """
    day = quota.utc_day(now)
    first_of_id: dict[str, Event] = {}
    for event in events:
        first_of_id.setdefault(event.message_id, event)
    with transaction.atomic():
        wanted = len(first_of_id)
        claimed = quota.claim(account=account, day=day, events=wanted)
        room = wanted if claimed else quota.lock_room(account=account, day=day)
        known = set(
            SegmentMessage.objects.filter(
                account=account, message_id__in=list(first_of_id)
            ).values_list("message_id", flat=True)
        )
        new = [event for event in first_of_id.values() if event.message_id not in known]
        rows = [_row(account, event, may_trigger, now) for event in new[:room]]
        # Conflicts can only come from a request on the other side of midnight, which
        # holds another day's row: the event is there, and counted on both days.
        SegmentMessage.objects.bulk_create(rows, ignore_conflicts=True)
        duplicates = len(events) - len(new)
        correction = len(rows) - (wanted if claimed else 0)
        refused = len(new) - len(rows)
        if correction or duplicates or rejected or refused:
            quota.count(
                account=account,
                day=day,
                accepted=correction,
                duplicates=duplicates,
                rejected=rejected,
                refused=refused,
            )
    return Stored(
        accepted=len(rows),
        duplicates=duplicates,
        over_quota=new[room:],
        waiting=sum(row.verdict == Verdict.PENDING for row in rows),
    )


def _row(
    account: Account, event: Event, may_trigger: bool, now: datetime
) -> SegmentMessage:
    verdict, detail = _verdict_at_the_door(event), ""
    if event.type == "track" and not may_trigger:
        verdict, detail = Verdict.IGNORED, FROM_A_BROWSER
    # Without a userId we keep nothing of the person, not even in the inbox.
    nameless = event.type == "identify" and not event.user_id
    return SegmentMessage(
        account=account,
        message_id=event.message_id,
        type=event.type,
        user_id=event.user_id,
        event=event.name,
        body=None if nameless else event.body,
        timestamp=event.timestamp,
        received_at=now,
        verdict=verdict,
        detail=detail,
        is_public=not may_trigger,
        processed_at=None if verdict == Verdict.PENDING else now,
    )


def _verdict_at_the_door(event: Event) -> SegmentMessage.Verdict:
    """What needs no look at other rows is decided here and never waits."""
    if event.type not in ("identify", "track", "delete"):
        return Verdict.IGNORED
    return Verdict.PENDING if event.user_id else Verdict.NO_USER_ID
