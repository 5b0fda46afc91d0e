"""Events of people who are not identified yet, kept for the campaigns that wait."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_noop

from promoter.accounts.models import Account
from segment_ingest.models import SegmentMessage

Verdict = SegmentMessage.Verdict
# Whoever does more than this before being identified is surveyed for the first of it; the
# rest runs out. It bounds what one batch carries.
MOST_AT_ONCE = 2_000
RAN_OUT = gettext_noop("No identify came in time.")


def held_messages(
    *, account: Account, user_ids: Iterable[str]
) -> dict[str, list[SegmentMessage]]:
    """userId -> its held events in the order of arrival."""
    user_ids = set(user_ids)
    found: dict[str, list[SegmentMessage]] = defaultdict(list)
    if user_ids:
        for message in SegmentMessage.objects.filter(
            account=account, user_id__in=user_ids, verdict=Verdict.HELD
        ).order_by("id")[:MOST_AT_ONCE]:
            found[message.user_id].append(message)
    return found


def let_go(*, now: datetime) -> int:
    """Settle the held events whose time is over; how many.

    One of an account whose inbox still has messages from before that time stays: an
    identify may be among them, and it counts by its receipt.
    """
    over = SegmentMessage.objects.filter(verdict=Verdict.HELD, held_until__lt=now)
    # Nearly always there is none, and SQLite's one writer isn't asked for.
    if not over.exists():
        return 0
    unread = SegmentMessage.objects.filter(
        account=OuterRef("account"),
        verdict=Verdict.PENDING,
        received_at__lte=OuterRef("held_until"),
    )
    return over.filter(~Exists(unread)).update(
        verdict=Verdict.NOT_IDENTIFIED,
        detail=RAN_OUT,
        held_until=None,
        processed_at=now,
    )
