"""Messages that came in before, and replays of them without a worker."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from campaigns.models import Campaign
from contacts.models import Contact
from promoter.accounts.models import Account
from segment_ingest.models import Replay, SegmentMessage
from segment_ingest.replay.replaying import run, start


def person(account: Account, user_id: str, email: str | None = None) -> Contact:
    contact = Contact(account=account, user_id=user_id)
    contact.set_email(f"{user_id}@example.com" if email is None else email)
    contact.save()
    return contact


def stored(
    account: Account,
    message_id: str,
    *,
    at: datetime,
    user_id: str = "ada",
    event: str = "Order Completed",
    **fields: Any,
) -> SegmentMessage:
    """A track that arrived then and was told that no campaign listens."""
    values = {
        "verdict": SegmentMessage.Verdict.NO_CAMPAIGN,
        "body": {"event": event, "userId": user_id, "properties": {}},
        "timestamp": at,
        "received_at": at,
        "processed_at": at,
    } | fields
    return SegmentMessage.objects.create(
        account=account,
        message_id=message_id,
        type="track",
        user_id=user_id,
        event=event,
        **values,
    )


def counted(
    campaign: Campaign, *, now: datetime, back: timedelta = timedelta(days=2)
) -> Replay:
    """A replay of the last days whose count is done."""
    replay = start(campaign=campaign, since=now - back, created_by=None, now=now)
    return work_off(replay, now=now)


def sent(replay: Replay, *, now: datetime) -> Replay:
    assert replay.send(now=now)
    return work_off(replay, now=now)


def work_off(replay: Replay, *, now: datetime | None = None) -> Replay:
    now = now or timezone.now()
    claimed = Replay.objects.filter(pk=replay.pk).claim(now=now)
    assert claimed is not None
    run(replay=claimed, clock=lambda: now, until=None)
    return Replay.objects.get(pk=replay.pk)
