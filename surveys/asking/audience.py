"""Who of a list a campaign would ask, and who not and why; writes nothing.

The same decisions as when it is activated, over the list as it is now. Holds what it would
ask in memory, so that of two contacts with one address only the first is counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime

from campaigns.models import Campaign
from contacts.models import Contact
from promoter.accounts.models import Account
from surveys.asking.membership import members_at_start
from surveys.asking.turns import once, place_in_time
from surveys.eligibility import Ask
from surveys.models import SkipReason
from surveys.scheduling import Asks, Trigger, decide, load_asks

# As long as the database is asked about so many people at once.
BATCH = 1_000
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Earlier:
    """What keeps somebody from being asked: another campaign's survey, and when."""

    campaign: str
    at: datetime


@dataclass(slots=True)
class Group:
    """Those whom one reason keeps from being asked: how many, and some of them."""

    reason: SkipReason
    count: int = 0
    people: list[tuple[Contact, Earlier | None]] = field(default_factory=list)


@dataclass(slots=True)
class Audience:
    """A list, divided into who is asked and, by reason, who is not."""

    eligible: int = 0
    groups: list[Group] = field(default_factory=list)

    @property
    def members(self) -> int:
        return self.eligible + self.skipped

    def per_day(self, days: int) -> int:
        """Mails a day, about, when they are spread over so many days."""
        return -(-self.eligible // max(days, 1))

    @property
    def skipped(self) -> int:
        return sum(group.count for group in self.groups)


def audience(
    *,
    campaign: Campaign,
    now: datetime,
    reason: str = "",
    start: int = 0,
    shown: int = SHOWN,
) -> Audience:
    """The list as the campaign would find it, with so many people of each reason, from the
    `start`th on. `reason` shows people of that one only."""
    campaign = _as_if_live(campaign, now)
    pages: dict[SkipReason, list[Trigger]] = {}
    counts: Counter[SkipReason] = Counter()
    found, planned = Audience(), Asks()
    for triggers in _triggers(campaign, now):
        decisions = decide(
            account=campaign.account, triggers=triggers, planned=planned, afresh=True
        )
        for trigger, decision in zip(triggers, decisions, strict=True):
            why = decision.skip_reason
            if why is None:
                found.eligible += 1
                continue
            counts[why] += 1
            is_on_page = start < counts[why] <= start + shown
            if is_on_page and reason in {"", why}:
                pages.setdefault(why, []).append(trigger)
    found.groups = [
        Group(why, count, _people(campaign.account, why, pages.get(why, [])))
        for why, count in counts.most_common()
    ]
    return found


def _as_if_live(campaign: Campaign, now: datetime) -> Campaign:
    """A copy for looking only, activated now."""
    live = copy(campaign)
    live.status = Campaign.Status.ACTIVE
    live.activated_at = now
    return live


def _triggers(campaign: Campaign, now: datetime) -> Iterator[list[Trigger]]:
    members = members_at_start(campaign)
    # Who is in the list now: the start may lie ahead, and others may join until then.
    total, start = members.count(), campaign.begins_at or now
    rows = members.select_related("contact").order_by("pk")
    # These JSON columns say when and by whom attributes were set; no rule asks.
    unread = ("attribute_times", "attribute_sources", "column_times")
    rows = rows.defer(*(f"contact__{name}" for name in unread))
    cursor = position = 0
    while batch := list(rows.filter(pk__gt=cursor)[:BATCH]):
        yield [
            _trigger(campaign, member.contact, position + place, total, start)
            for place, member in enumerate(batch)
        ]
        cursor, position = batch[-1].pk, position + len(batch)


def _trigger(
    campaign: Campaign, contact: Contact, position: int, total: int, start: datetime
) -> Trigger:
    return Trigger(
        campaign=campaign,
        contact=contact,
        trigger_id=once(contact.pk),
        triggered_at=place_in_time(
            start=start,
            spread_days=campaign.spread_days,
            position=position,
            members=total,
        ),
        email=contact.email,
        address_digest=contact.address_digest,
        attributes=contact.attributes,
    )


def _people(
    account: Account, why: SkipReason, triggers: list[Trigger]
) -> list[tuple[Contact, Earlier | None]]:
    asks: list[Earlier | None] = [None] * len(triggers)
    if triggers and why == SkipReason.THROTTLED:
        blocks = _in_the_way(account, triggers)
        names = dict(
            Campaign.objects.filter(
                pk__in={each.campaign_id for each in blocks if each is not None}
            ).values_list("pk", "name")
        )
        asks = [
            Earlier(names.get(each.campaign_id, ""), each.due_at) if each else None
            for each in blocks
        ]
    return [(each.contact, ask) for each, ask in zip(triggers, asks, strict=True)]


def _in_the_way(account: Account, triggers: list[Trigger]) -> list[Ask | None]:
    """For each trigger the latest ask that throttles it, if one that was made does."""
    asks = load_asks(account, triggers, without=set())
    found = []
    for each in triggers:
        near = [ask for ask in asks.of(each) if not each.spacing.allows(each.ask, [ask])]
        found.append(max(near, key=lambda ask: ask.due_at, default=None))
    return found
