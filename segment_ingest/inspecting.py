"""The facts behind the verdicts of a page of messages, in a fixed number of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from campaigns.models import Campaign
from contacts.models import Contact, Suppression
from promoter.accounts.models import Account
from segment_ingest.detail_words import detail_words
from segment_ingest.models import RefusedRequest, SegmentMessage
from segment_ingest.tracking_plan import near_key
from segment_ingest.wording import Facts, Words, refusal_label, words
from surveys.models import SkipReason, Survey
from surveys.scheduling import Trigger, free_from

Verdict = SegmentMessage.Verdict
REFUSED_FOR = timedelta(hours=24)
# Rows are by hour, code and way in; more kinds of mistakes than this are not told apart.
MOST_REFUSED = 500


@dataclass(frozen=True, slots=True)
class Inspected:
    """One message and what to say of it."""

    message: SegmentMessage
    words: Words


@dataclass(frozen=True, slots=True)
class RefusedAtDoor:
    """Requests of the last 24 hours that were refused alike."""

    label: str
    message: str
    way_in: str
    count: int
    last_at: datetime


def inspect(
    *, account: Account, messages: Sequence[SegmentMessage], now: datetime
) -> list[Inspected]:
    """The messages, in the order given, each with its words. Load their surveys before."""
    campaigns = list(
        Campaign.objects.live()
        .filter(account=account)
        .exclude(event_name="")
        .select_related("throttle")
    )
    told = {Verdict.THROTTLED, Verdict.SUPPRESSED}
    contacts = _contacts(account, (each for each in messages if each.verdict in told))
    free = _free_from(account, messages, campaigns, contacts)
    reasons = _suppressions(account, messages, contacts)
    exact = _listening(campaigns)
    paused = _paused(account, messages)
    near = {near_key(event): (event, name) for event, name in exact.items()}
    return [
        Inspected(
            message,
            words(
                _facts(
                    message,
                    now=now,
                    free_at=free.get(message.pk),
                    suppressed_for=reasons.get(message.user_id, ""),
                    listens=exact.get(message.event, ""),
                    meant=near.get(near_key(message.event), ("", "")),
                    paused=paused.get(message.event, ""),
                )
            ),
        )
        for message in messages
    ]


def refused_lately(*, account: Account, now: datetime) -> list[RefusedAtDoor]:
    """What was refused in the last 24 hours, the latest first."""
    rows = RefusedRequest.objects.filter(
        account=account, last_at__gte=now - REFUSED_FOR
    ).order_by("-last_at", "-id")[:MOST_REFUSED]
    alike: dict[tuple[str, str], list[RefusedRequest]] = defaultdict(list)
    for row in rows:
        alike[row.code, row.way_in].append(row)
    return [
        RefusedAtDoor(
            label=refusal_label(code),
            message=same[0].message,
            way_in=way_in,
            count=sum(each.count for each in same),
            last_at=same[0].last_at,
        )
        for (code, way_in), same in alike.items()
    ]


def event_as_sent(message: SegmentMessage) -> str:
    """The name before it was trimmed, while the body is kept."""
    sent = message.body.get("event") if isinstance(message.body, dict) else None
    return sent if isinstance(sent, str) else message.event


def _facts(
    message: SegmentMessage,
    *,
    now: datetime,
    free_at: datetime | None,
    suppressed_for: str,
    listens: str,
    meant: tuple[str, str],
    paused: str,
) -> Facts:
    survey: Survey | None = message.survey
    return Facts(
        verdict=message.verdict,
        type=message.type,
        received_at=message.received_at,
        happened_at=message.timestamp,
        now=now,
        event=event_as_sent(message),
        user_id=message.user_id,
        detail=detail_words(message.detail),
        due_at=survey.due_at if survey else None,
        asked_at=survey.asked_at if survey else None,
        not_asked=str(SkipReason(survey.skip_reason).label)
        if survey and survey.skip_reason
        else "",
        free_at=free_at,
        held_until=message.held_until,
        suppressed_for=suppressed_for,
        listens=listens,
        meant=meant[0],
        meant_by=meant[1],
        paused=paused,
        max_age=timedelta(hours=settings.SEGMENT_MAX_EVENT_AGE_HOURS),
    )


def _listening(campaigns: Sequence[Campaign]) -> dict[str, str]:
    """Event -> the campaign that waits for it: to withdraw, or (which goes first) to ask,
    and of several the newest."""
    withdraws = {each.cancel_event: each.name for each in reversed(campaigns)}
    asks = {each.event_name: each.name for each in reversed(campaigns)}
    return {event: name for event, name in (withdraws | asks).items() if event}


def _paused(account: Account, messages: Iterable[SegmentMessage]) -> dict[str, str]:
    """Event -> the campaign that would wait for it, were it not paused."""
    events = {each.event for each in messages if each.verdict == Verdict.NO_CAMPAIGN}
    if not events:
        return {}
    found = Campaign.objects.filter(
        account=account, status=Campaign.Status.PAUSED, event_name__in=events - {""}
    )
    return {each.event_name: each.name for each in found.order_by("pk")}


def _contacts(account: Account, messages: Iterable[SegmentMessage]) -> dict[str, Contact]:
    user_ids = {each.user_id for each in messages}
    if not user_ids:
        return {}
    found = Contact.objects.filter(account=account, user_id__in=user_ids)
    return {each.user_id: each for each in found if each.user_id}


def _free_from(
    account: Account,
    messages: Sequence[SegmentMessage],
    campaigns: Sequence[Campaign],
    contacts: Mapping[str, Contact],
) -> dict[int, datetime]:
    """Message id -> when its event may ask again, of the campaign that may first."""
    wishes = [
        (message.pk, _trigger(message, campaign, contacts[message.user_id]))
        for message in messages
        if message.verdict == Verdict.THROTTLED and message.user_id in contacts
        for campaign in campaigns
        if campaign.event_name == message.event
    ]
    moments = free_from(account=account, triggers=[trigger for _, trigger in wishes])
    found: dict[int, datetime] = {}
    for (pk, _), moment in zip(wishes, moments, strict=True):
        found[pk] = min(moment, found.get(pk, moment))
    return found


def _trigger(message: SegmentMessage, campaign: Campaign, contact: Contact) -> Trigger:
    return Trigger(
        campaign=campaign,
        contact=contact,
        trigger_id=message.message_id,
        triggered_at=message.received_at,
        email=contact.email,
        address_digest=contact.address_digest,
        attributes=contact.attributes,
    )


def _suppressions(
    account: Account, messages: Sequence[SegmentMessage], contacts: Mapping[str, Contact]
) -> dict[str, str]:
    """userId -> why it is not mailed, for those messages that say so."""
    digests = {
        each.user_id: contacts[each.user_id].address_digest
        for each in messages
        if each.verdict == Verdict.SUPPRESSED and each.user_id in contacts
    }
    if not digests:
        return {}
    reasons = Suppression.objects.reasons(account=account, digests=digests.values())
    return {
        user_id: str(Suppression.Reason(reasons[digest]).label)
        for user_id, digest in digests.items()
        if digest in reasons
    }
