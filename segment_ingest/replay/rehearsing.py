"""Stored events through one campaign's rules, without a trace.

The same fold and the same decisions as in processing, over events that came in before,
with the contacts as they are now. What replays and backtests share.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import QuerySet

from campaigns.models import Campaign
from contacts.models import Contact
from promoter.accounts.models import Account
from segment_ingest.folding import COLUMNS, Fold
from segment_ingest.models import SegmentMessage
from segment_ingest.outcomes import Outcome, settle
from surveys.scheduling import Asks, Trigger, decide

Verdict = SegmentMessage.Verdict
# As long as the database is asked about so many people at once.
BATCH = 1_000
READ = ("message_id", "type", "user_id", "event", "timestamp", "received_at", "survey")


@dataclass(frozen=True, slots=True)
class Rules:
    """What differs from an event that arrives now.

    `happened_since`: what happened before is too old, instead of what took too long on
    its way. `not_before`: mail whose time has passed is due then; None leaves every due
    date where it would have been.
    """

    max_age: timedelta = timedelta.max
    happened_since: datetime | None = None
    not_before: datetime | None = None


def live_copy(campaign: Campaign) -> Campaign:
    """The campaign as if it were live, for looking only. Nobody is held: an identify that
    was to come has come."""
    copy = Campaign.objects.select_related("throttle", "account").get(pk=campaign.pk)
    copy.status = Campaign.Status.ACTIVE
    copy.hold_hours = 0
    return copy


def stored_events(
    *, account: Account, event_name: str, with_bodies: bool
) -> QuerySet[SegmentMessage]:
    """The event's stored messages that can still be read, in the order of arrival; their
    bodies only for who has conditions to read in them."""
    return (
        SegmentMessage.objects.of_event(event_name)
        .of_servers()
        .filter(account=account, type="track", body__isnull=False)
        .only(*READ, *(["body"] if with_bodies else []))
        .order_by("pk")
    )


def consider(
    *,
    messages: Sequence[SegmentMessage],
    campaign: Campaign,
    contacts: dict[str, Contact],
    rules: Rules,
    now: datetime,
) -> dict[int, Outcome]:
    """Message id -> its outcome under the campaign's rules; triggers wait for a decision.

    `contacts` are those of the messages by userId, changed by nothing here.
    """
    fold = Fold(
        account=campaign.account,
        contacts=contacts,
        campaigns={message.event: [campaign] for message in messages[:1]},
        # What an erased person sent has no body any more and is not among the messages.
        erased={},
        max_age=rules.max_age,
        now=now,
    )
    since = rules.happened_since
    outcomes = {}
    for message in messages:
        if since is not None and message.timestamp < since:
            outcomes[message.pk] = Outcome(Verdict.LATE)
            continue
        outcome = fold.take(message)
        outcome.triggers = [
            replace(each, not_before=rules.not_before) for each in outcome.triggers
        ]
        outcomes[message.pk] = outcome
    _withdraw(messages, outcomes, campaign)
    return outcomes


def in_batches(events: QuerySet[SegmentMessage]) -> Iterator[list[SegmentMessage]]:
    """By id instead of through one long cursor: that would hold SQLite's snapshot, and
    its reader could not write what it has found."""
    cursor = 0
    while batch := list(events.filter(pk__gt=cursor)[:BATCH]):
        yield batch
        cursor = batch[-1].pk


def rehearse(
    *,
    events: QuerySet[SegmentMessage],
    campaign: Campaign,
    rules: Rules,
    afresh: bool,
    now: datetime,
) -> Iterator[list[tuple[SegmentMessage, Outcome]]]:
    """The events with the outcomes that they would have, batch by batch.

    Holds what it would ask in memory, so that throttles count it; writes nothing.
    `afresh` leaves out what the campaign really asked.
    """
    planned = Asks()
    # Most people come back: each is read once.
    contacts: dict[str, Contact] = {}
    for batch in in_batches(events):
        _add_contacts(contacts, campaign.account, batch)
        outcomes = consider(
            messages=batch,
            campaign=campaign,
            contacts=contacts,
            rules=rules,
            now=now,
        )
        triggers = triggers_of(outcomes.values())
        decisions = decide(
            account=campaign.account, triggers=triggers, planned=planned, afresh=afresh
        )
        settle(outcomes.values(), decisions)
        yield [(message, outcomes[message.pk]) for message in batch]


def triggers_of(outcomes: Iterable[Outcome]) -> list[Trigger]:
    return [each for outcome in outcomes for each in outcome.triggers]


def _add_contacts(
    known: dict[str, Contact], account: Account, messages: Iterable[SegmentMessage]
) -> None:
    user_ids = {message.user_id for message in messages} - known.keys()
    rows = Contact.objects.filter(account=account, user_id__in=user_ids)
    # Two of the three JSON columns say when attributes were set; no rule asks.
    for row in rows.only("user_id", "address_digest", "attributes", *COLUMNS):
        known[str(row.user_id)] = row


def _withdraw(
    messages: Sequence[SegmentMessage],
    outcomes: Mapping[int, Outcome],
    campaign: Campaign,
) -> None:
    """Take back who has done, since and before the mail was due, what withdraws it."""
    if not campaign.cancel_event:
        return
    asked = {each.user_id for each in messages if outcomes[each.pk].triggers}
    rows = (
        SegmentMessage.objects.of_servers()
        .filter(account=campaign.account_id, user_id__in=asked)
        .filter(event=campaign.cancel_event, type="track")
        .exclude(user_id="")
        .values_list("user_id", "pk", "received_at")
    )
    withdrawals: dict[str, list[tuple[int, datetime]]] = {}
    for user_id, pk, received_at in rows:
        withdrawals.setdefault(user_id, []).append((pk, received_at))
    for message in messages:
        outcome = outcomes[message.pk]
        outcome_due = [each.due_at for each in outcome.triggers]
        if any(
            pk > message.pk and received_at < due_at
            for pk, received_at in withdrawals.get(message.user_id, ())
            for due_at in outcome_due
        ):
            outcomes[message.pk].triggers.clear()
            outcomes[message.pk].verdict = Verdict.WITHDREW
