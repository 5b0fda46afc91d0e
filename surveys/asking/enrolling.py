"""Schedule the members of a campaign's list: each once, or again and again.

One batch is one transaction under the account's lock, and its cursor moves with it: a
worker may be killed anywhere, and the next one goes on behind the last batch. What is
written for a member has a trigger of its own that exists once, so nobody is scheduled
twice even if a batch were repeated. A look at a campaign with nothing to do costs two
index probes.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Q

from campaigns.lifecycle import mark_active
from campaigns.models import Campaign
from contacts.models import Contact, ContactListMembership
from promoter.accounts.models import Account
from surveys.asking.membership import members_at_start, members_to_come, turns_to_repeat
from surveys.asking.skipping import record_skips
from surveys.asking.turns import number_of, once, place_in_time, round_of
from surveys.models import Survey
from surveys.scheduling import Trigger, schedule

log = logging.getLogger(__name__)
Kind = Campaign.Kind
# Long enough to make statements cheap, short enough to hold SQLite's one writer briefly.
BATCH = 500


@dataclass(frozen=True, slots=True)
class Progress:
    """How many members were looked at, and whether mail is due because of it."""

    members: int = 0
    mail_due: bool = False

    def __add__(self, other: Progress) -> Progress:
        return Progress(self.members + other.members, self.mail_due or other.mail_due)


def enrol_round(*, now: datetime, limit: int = BATCH) -> Progress:
    """One batch of each campaign to a list that has begun.

    One whose batch fails costs the others nothing: it waits for the next run. A database
    that is away raises.
    """
    begun = (
        Campaign.objects.live()
        .filter(Q(start_at=None) | Q(start_at__lte=now), kind__in=Campaign.LIST_KINDS)
        .exclude(kind=Kind.ONE_TIME, enrolled_at__isnull=False)
        .order_by("pk")
    )
    progress = Progress()
    for pk, account_id in begun.values_list("pk", "account_id"):
        try:
            progress += _batch(pk, account_id, now, limit)
        except (OperationalError, InterfaceError):
            if not connection.is_usable():
                raise
            log.exception("The list of campaign %s has to wait", pk)
        except Exception:
            log.exception("The list of campaign %s could not be scheduled", pk)
    return progress


def _batch(pk: int, account_id: int, now: datetime, limit: int) -> Progress:
    with transaction.atomic():
        account = (
            # None while another worker holds it. no_key: whoever only refers to the
            # account, as every arriving event does, never waits for this lock.
            Account.objects.select_for_update(skip_locked=True, no_key=True)
            .filter(pk=account_id)
            .first()
        )
        # Read again under the lock: somebody may have paused it, or enrolled the same.
        live = Campaign.objects.live().select_related("account", "throttle")
        campaign = live.filter(pk=pk).first()
        if account is None or campaign is None:
            return Progress()
        members = list(members_to_come(campaign, now=now)[:limit])
        if members:
            progress = _schedule(account, campaign, _turns(campaign, members, now), now)
            Campaign.objects.filter(pk=pk).update(enrolled_to=members[-1].pk)
            return Progress(len(members), progress.mail_due)
        if campaign.kind == Kind.ONE_TIME:
            Campaign.objects.filter(pk=pk).update(enrolled_at=now)
            return Progress()
        return _repeat(account, campaign, now, limit)


def _repeat(account: Account, campaign: Campaign, now: datetime, limit: int) -> Progress:
    turns = list(turns_to_repeat(campaign, now=now)[:limit])
    pace = timedelta(days=campaign.repeat_days or 0)
    progress = _schedule(
        account,
        campaign,
        [
            _trigger(
                campaign,
                last.contact,
                at=max(last.counts_from + pace, now),  # type: ignore[attr-defined]
                number=number_of(last.trigger_id) + 1,
            )
            for last in turns
            if last.contact is not None
        ],
        now,
    )
    # Whoever was scheduled now has a later turn and is not found again.
    if len(turns) < limit or not progress.members:
        Campaign.objects.filter(pk=campaign.pk).update(enrolled_at=now)
    return progress


def _turns(
    campaign: Campaign, members: Sequence[ContactListMembership], now: datetime
) -> list[Trigger]:
    """What each of the members that come next is to be asked, in their order."""
    start = campaign.begins_at or now
    last: dict[int | None, Survey] = {}
    if campaign.kind == Kind.RECURRING:
        rows = Survey.objects.filter(
            campaign=campaign, contact__in=[each.contact_id for each in members]
        )
        last = {row.contact_id: row for row in rows.order_by("triggered_at", "pk")}
    position, total = _places(campaign)
    found = []
    for member in members:
        at = now
        if member.added_at <= start:
            planned = place_in_time(
                start=start,
                spread_days=campaign.spread_days,
                position=position,
                members=total,
            )
            at, position = max(planned, now), position + 1
        before = last.get(member.contact_id)
        if before is None:
            found.append(_trigger(campaign, member.contact, at=at, number=1))
        elif before.triggered_at + timedelta(days=campaign.repeat_days or 0) <= now:
            # Left the list, and has come back after the look for repeats had passed.
            number = number_of(before.trigger_id) + 1
            found.append(_trigger(campaign, member.contact, at=now, number=number))
    return found


def _places(campaign: Campaign) -> tuple[int, int]:
    """How many of those at the start were looked at before, and how many they are.

    Who is added later changes neither. When a member leaves while the list is being
    scheduled, which takes seconds, those behind move up by one place.
    """
    if not campaign.spread_days:
        return 0, 0
    members = members_at_start(campaign)
    return members.filter(pk__lte=campaign.enrolled_to).count(), members.count()


def _trigger(campaign: Campaign, contact: Contact, *, at: datetime, number: int) -> Trigger:
    repeats = campaign.kind == Kind.RECURRING
    return Trigger(
        campaign=campaign,
        contact=contact,
        trigger_id=round_of(contact.pk, number) if repeats else once(contact.pk),
        triggered_at=at,
        email=contact.email,
        address_digest=contact.address_digest,
        attributes=contact.attributes,
    )


def _schedule(
    account: Account, campaign: Campaign, triggers: Sequence[Trigger], now: datetime
) -> Progress:
    decisions = schedule(account=account, triggers=triggers, now=now)
    record_skips(triggers=triggers, decisions=decisions, now=now)
    surveys = [each.survey for each in decisions if each.survey is not None]
    if surveys and campaign.status == Campaign.Status.READY:
        mark_active(account=account, campaign_ids=[campaign.pk], now=now)
    written = sum(each.survey is not None or bool(each.skip_reason) for each in decisions)
    return Progress(written, any(survey.due_at <= now for survey in surveys))
