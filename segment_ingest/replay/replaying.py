"""Carry out a replay: count whom it would ask, or ask them.

Counting writes nothing but its result. Sending goes in batches under the account's lock,
as processing does; a batch's surveys, verdicts, counts and the cursor are one transaction,
so that a worker may be killed anywhere and the next one goes on behind it.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import OperationalError, transaction
from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_noop

from campaigns.models import Campaign
from contacts.upsert import lock_contacts
from promoter.accounts.jobs import LEASE
from promoter.accounts.models import Account, User
from segment_ingest.detail_words import REPLAYED
from segment_ingest.models import SegmentMessage
from segment_ingest.outcomes import Outcome
from segment_ingest.processing import record, schedule_outcomes
from segment_ingest.replay.forecasting import forecast, replayed_events, rules_of
from segment_ingest.replay.rehearsing import consider
from segment_ingest.replays import Replay

logger = logging.getLogger(__name__)
Verdict = SegmentMessage.Verdict
# Short enough to hold SQLite's one writer briefly.
BATCH = 500
NOT_LIVE = gettext_noop(
    "The campaign is not live any more, or listens to another event, so nobody else is "
    "asked. See to it, then count again."
)
OUR_FAULT = gettext_noop(
    "Something went wrong on our side; what is scheduled stays. Tell the person who runs "
    "this installation: the log has the details."
)


class Refused(Exception):
    """Why there can be no such replay, in a sentence for the person who asked."""


def start(
    *,
    campaign: Campaign,
    since: datetime,
    until: datetime | None = None,
    created_by: User | None,
    now: datetime,
) -> Replay:
    """Have the campaign's stored events since then counted. Raises Refused."""
    until = min(until or now, now)
    if campaign.status in (Campaign.Status.DRAFT, Campaign.Status.COMPLETE):
        raise Refused(
            gettext("Only a campaign that was activated and has not ended can ask.")
        )
    if since >= until:
        raise Refused(
            gettext("Choose a moment in the past: events since then are replayed.")
        )
    if since < first_kept(now):
        days = settings.SEGMENT_BODY_RETENTION_DAYS
        raise Refused(
            gettext("Events are kept %(days)s days. Choose a later moment.")
            % {"days": days}
        )
    return Replay.objects.create(
        account=campaign.account,
        campaign=campaign,
        created_by=created_by,
        event_name=campaign.event_name,
        since=since,
        until=until,
        at=now,
        created_at=now,
        queued_at=now,
    )


def first_kept(now: datetime) -> datetime:
    """Of what arrived before, only the row is left."""
    return now - timedelta(days=settings.SEGMENT_BODY_RETENTION_DAYS)


def run(*, replay: Replay, clock: Callable[[], datetime], until: datetime | None) -> bool:
    """Work until it is done, stopped, lost to another worker, or (when it sends) the time
    is up: it waits again then. Whether mail is due now. A failure is written on it."""
    try:
        if replay.sends:
            return _send(replay, clock, until)
        if forecast(replay=replay, clock=clock):
            replay.finish(Replay.Status.DONE, now=clock())
    except OperationalError:
        # The database is away or busy. The lease runs out, and somebody tries again.
        raise
    except Exception:
        logger.exception("Replay %s failed after message %s", replay.pk, replay.cursor)
        replay.finish(Replay.Status.FAILED, now=clock(), error=OUR_FAULT)
    return False


def _send(replay: Replay, clock: Callable[[], datetime], until: datetime | None) -> bool:
    mail_due = False
    while True:
        now = clock()
        with transaction.atomic():
            account = Account.objects.select_for_update(no_key=True).get(
                pk=replay.account_id
            )
            # Who stops it waits for this batch.
            if not replay.renew(now=now):
                return mail_due
            campaign = Campaign.objects.select_related("throttle", "account").get(
                pk=replay.campaign_id
            )
            if not campaign.is_live or campaign.event_name != replay.event_name:
                replay.finish(Replay.Status.FAILED, now=now, error=NOT_LIVE)
                return mail_due
            messages = list(replayed_events(replay).filter(pk__gt=replay.cursor)[:BATCH])
            if messages:
                mail_due |= _send_batch(account, campaign, replay, messages, now)
            if len(messages) < BATCH:
                replay.finish(Replay.Status.DONE, now=now)
                return mail_due
        if until is not None and clock() >= until:
            replay.give_back()
            return mail_due


def _send_batch(
    account: Account,
    campaign: Campaign,
    replay: Replay,
    messages: Sequence[SegmentMessage],
    now: datetime,
) -> bool:
    # For this batch alone: an identify that was to come has come, and the person who sends
    # has seen the number that would pass for a burst.
    campaign.hold_hours = 0
    campaign.burst_allowed_until = now + LEASE
    outcomes = consider(
        messages=messages,
        campaign=campaign,
        contacts=lock_contacts(
            account=account, user_ids={message.user_id for message in messages}
        ),
        rules=rules_of(replay),
        now=now,
    )
    surveys = schedule_outcomes(account, list(outcomes.values()), now)
    told = dict(_worth_telling(messages, outcomes))
    for outcome in told.values():
        outcome.detail = _detail(account, campaign, now)
    record(account, told, surveys, now)
    counts = Counter(replay.counts)
    counts.update(outcome.verdict.value for outcome in outcomes.values())
    replay.hold(
        cursor=messages[-1].pk, seen=replay.seen + len(messages), counts=dict(counts)
    )
    return any(survey.due_at <= now for survey in surveys)


def _worth_telling(
    messages: Iterable[SegmentMessage], outcomes: dict[int, Outcome]
) -> Iterable[tuple[int, Outcome]]:
    """A message that led to a survey before keeps that word, unless it leads to another."""
    for message in messages:
        outcome = outcomes[message.pk]
        if outcome.verdict == Verdict.SCHEDULED or (
            outcome.verdict != Verdict.IGNORED and message.survey_id is None
        ):
            yield message.pk, outcome


def _detail(account: Account, campaign: Campaign, now: datetime) -> str:
    day = now.astimezone(ZoneInfo(account.time_zone))
    return REPLAYED % {"day": date_format(day, "j F Y"), "campaign": campaign.name}
