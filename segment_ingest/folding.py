"""Segment's rules, applied to messages in the order of their arrival.

Works on instances in memory and touches no row: processing.py loads what a batch needs,
folds it here, and writes the result in a few statements.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from campaigns.models import Campaign
from contacts.attributes import address_in, set_attributes
from contacts.models import Contact
from promoter.accounts.models import Account
from segment_ingest.models import SegmentMessage
from segment_ingest.traits import traits_of
from surveys.models import SkipReason
from surveys.scheduling import Decision, Trigger

log = logging.getLogger(__name__)
Verdict = SegmentMessage.Verdict
BEFORE = "This event had its survey before."
BEFORE_ERASURE = "It says what was before the person was erased, so nothing of it is kept."
VERDICT_OF_SKIP = {
    SkipReason.THROTTLED: Verdict.THROTTLED,
    SkipReason.SUPPRESSED: Verdict.SUPPRESSED,
    SkipReason.ERASED: Verdict.SUPPRESSED,
    SkipReason.NO_ADDRESS: Verdict.NO_ADDRESS,
    SkipReason.CAMPAIGN_INACTIVE: Verdict.NO_CAMPAIGN,
}


@dataclass(slots=True)
class Outcome:
    """What became of one message; `triggers` wait for the decision of scheduling."""

    verdict: SegmentMessage.Verdict
    detail: str = ""
    triggers: list[Trigger] = field(default_factory=list)
    # Names somebody who was erased: what it says of them is not kept either.
    is_too_late: bool = False

    def settle(self, decisions: Sequence[Decision]) -> None:
        """Take the decisions on the triggers, one each, in their order."""
        verdicts = [_verdict(each) for each in decisions]
        scheduled = Verdict.SCHEDULED in verdicts
        self.verdict = Verdict.SCHEDULED if scheduled else verdicts[0]
        if len(verdicts) > 1:
            self.detail = "; ".join(
                f"{trigger.campaign.name}: {verdict.label}"
                for trigger, verdict in zip(self.triggers, verdicts, strict=True)
            )
        elif self.verdict == Verdict.IGNORED:
            self.detail = BEFORE


def settle(outcomes: Iterable[Outcome], decisions: Sequence[Decision]) -> None:
    """Hand the decisions on all triggers, in their order, to whose they are."""
    at = 0
    for outcome in outcomes:
        if outcome.triggers:
            outcome.settle(decisions[at : at + len(outcome.triggers)])
            at += len(outcome.triggers)


def _verdict(decision: Decision) -> SegmentMessage.Verdict:
    if decision.skip_reason is not None:
        return VERDICT_OF_SKIP[decision.skip_reason]
    if decision.is_burst:
        return Verdict.BURST
    return Verdict.IGNORED if decision.survey is None else Verdict.SCHEDULED


class Fold:
    """The contacts of a batch as they become, message by message.

    `changed` are those to be saved, `seen` the attributes with their latest value,
    `never_mail` addresses of people who were erased.
    """

    def __init__(
        self,
        *,
        account: Account,
        contacts: dict[str, Contact],
        campaigns: Mapping[str, Sequence[Campaign]],
        erased: Mapping[str, datetime],
        max_age: timedelta,
        now: datetime,
    ) -> None:
        self.account = account
        self.contacts = contacts
        self.campaigns = campaigns
        self.erased = erased
        self.max_age = max_age
        self.now = now
        self.changed: dict[str, Contact] = {}
        self.seen: dict[str, Any] = {}
        self.never_mail: set[str] = set()

    def take(self, message: SegmentMessage) -> Outcome:
        """The message's outcome. One that can't be understood fails alone."""
        try:
            if self._is_of_erased(message):
                return Outcome(Verdict.IGNORED, BEFORE_ERASURE, is_too_late=True)
            if message.type == "identify":
                return self._identify(message)
            if message.type == "track":
                return self._track(message)
        except Exception as error:  # the rest of the inbox must go on
            log.exception("Segment message %s failed", message.pk)
            return Outcome(Verdict.FAILED, f"{type(error).__name__} while processing.")
        return Outcome(Verdict.IGNORED)

    def _is_of_erased(self, message: SegmentMessage) -> bool:
        until = self.erased.get(message.user_id)
        if until is None or message.timestamp > until:
            return False
        if message.type == "identify":
            # In whichever order the two come, the address is not mailed again.
            self.never_mail |= {address_in(traits_of(message.body))} - {""}
        return True

    def _identify(self, message: SegmentMessage) -> Outcome:
        if not message.user_id:
            return Outcome(Verdict.NO_USER_ID)
        contact = self.contacts.get(message.user_id)
        is_new = contact is None
        contact = contact or Contact(
            account=self.account, user_id=message.user_id, created_at=self.now
        )
        traits = traits_of(message.body)
        changed, notes = set_attributes(contact, traits, at=message.timestamp)
        self.seen |= traits
        if is_new or changed:
            self.contacts[message.user_id] = contact
            self.changed[message.user_id] = contact
        return Outcome(Verdict.CONTACT_SAVED, " ".join(notes))

    def _track(self, message: SegmentMessage) -> Outcome:
        if not message.user_id:
            return Outcome(Verdict.NO_USER_ID)
        campaigns = self.campaigns.get(message.event)
        if not campaigns:
            return Outcome(Verdict.NO_CAMPAIGN)
        contact = self.contacts.get(message.user_id)
        if contact is None:
            return Outcome(Verdict.NOT_IDENTIFIED)
        # By receipt, not by now: a worker that was down makes no event late.
        if message.received_at - message.timestamp > self.max_age:
            return Outcome(Verdict.LATE)
        triggers = [_trigger(message, campaign, contact) for campaign in campaigns]
        return Outcome(Verdict.PENDING, triggers=triggers)


def _trigger(message: SegmentMessage, campaign: Campaign, contact: Contact) -> Trigger:
    """Holds the contact's values of now: a later identify may change them."""
    return Trigger(
        campaign=campaign,
        contact=contact,
        trigger_id=message.message_id,
        triggered_at=message.received_at,
        email=contact.email,
        address_digest=contact.address_digest,
        attributes=contact.attributes,
    )
