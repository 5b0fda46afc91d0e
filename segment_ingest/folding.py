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

from django.utils.translation import gettext_noop

from campaigns.conditions import unmet
from campaigns.models import Campaign
from campaigns.sampling import in_sample
from contacts.attributes import address_in, set_attributes, without_address
from contacts.models import Contact
from promoter.accounts.models import Account
from segment_ingest.models import SegmentMessage
from segment_ingest.traits import attributes_of, mapping_in, traits_of
from surveys.models import SkipReason
from surveys.scheduling import Decision, Trigger
from surveys.withdrawing import Withdrawal, Withdrawn

log = logging.getLogger(__name__)
Verdict = SegmentMessage.Verdict
BEFORE = gettext_noop("This event had its survey before.")
NOTHING_TO_WITHDRAW = gettext_noop("There was no survey to withdraw.")
BEFORE_ERASURE = gettext_noop(
    "It says what was before the person was erased, so nothing of it is kept."
)
# A condition may name these too; contacts that were imported have them as columns only.
COLUMNS = ("email", "first_name", "last_name")
# Of what several campaigns say, what goes before the rest.
TELLING = (Verdict.SCHEDULED, Verdict.WITHDREW)
VERDICT_OF_SKIP = {
    SkipReason.THROTTLED: Verdict.THROTTLED,
    SkipReason.SUPPRESSED: Verdict.SUPPRESSED,
    SkipReason.ERASED: Verdict.SUPPRESSED,
    SkipReason.NO_ADDRESS: Verdict.NO_ADDRESS,
    SkipReason.CAMPAIGN_INACTIVE: Verdict.NO_CAMPAIGN,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What one campaign says to an event; `note` says more than the verdict's label."""

    campaign: Campaign
    verdict: SegmentMessage.Verdict
    note: str = ""

    @property
    def words(self) -> str:
        return f"{self.campaign.name}: {self.note.removesuffix('.') or self.verdict.label}"


@dataclass(slots=True)
class Outcome:
    """What became of one message.

    `triggers` wait for the decision of scheduling, `withdrawals` for what they stop;
    `answers` are those of single campaigns so far. `phase` tells what a person's later
    events must wait for: the withdrawals of the phase before.
    """

    verdict: SegmentMessage.Verdict
    detail: str = ""
    triggers: list[Trigger] = field(default_factory=list)
    withdrawals: list[Withdrawal] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    phase: int = 0
    hold_hours: int = 0
    # Names somebody who was erased: what it says of them is not kept either.
    is_too_late: bool = False

    def settle(self, decisions: Sequence[Decision]) -> None:
        """Take the decisions on the triggers, one each, in their order."""
        for trigger, decision in zip(self.triggers, decisions, strict=True):
            verdict = _verdict(decision)
            note = BEFORE if verdict == Verdict.IGNORED else ""
            self.answers.append(Answer(trigger.campaign, verdict, note))
        self.sum_up()

    def settle_withdrawals(self, withdrawn: Sequence[Withdrawn]) -> None:
        """Take what the withdrawals stopped, one each, in their order."""
        for withdrawal, each in zip(self.withdrawals, withdrawn, strict=True):
            verdict = Verdict.WITHDREW if each.words else Verdict.IGNORED
            self.answers.append(
                Answer(withdrawal.campaign, verdict, each.words or NOTHING_TO_WITHDRAW)
            )
        self.sum_up()

    def sum_up(self) -> None:
        """One verdict and one detail from what the campaigns say."""
        if not self.answers:
            return
        verdicts = [each.verdict for each in self.answers]
        telling = [each for each in TELLING if each in verdicts]
        others = [each for each in verdicts if each != Verdict.IGNORED]
        self.verdict = [*telling, *others, Verdict.IGNORED][0]
        first = self.answers[0]
        if len(self.answers) > 1:
            self.detail = "; ".join(each.words for each in self.answers)
        elif first.verdict == Verdict.IGNORED:
            self.detail = first.note
        else:
            self.detail = first.words if first.note else ""


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

    `campaigns` and `cancels` are the live ones by the event that triggers and withdraws,
    `held` the events by userId that wait for an identify. `changed` are the contacts to
    be saved, `seen` the attributes with their latest value, `never_mail` addresses of
    people who were erased.
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
        cancels: Mapping[str, Sequence[Campaign]] | None = None,
        held: dict[str, list[SegmentMessage]] | None = None,
    ) -> None:
        self.account = account
        self.contacts = contacts
        self.campaigns = campaigns
        self.cancels = cancels or {}
        self.held = {} if held is None else held
        self.erased = erased
        self.max_age = max_age
        self.now = now
        self.changed: dict[str, Contact] = {}
        self.seen: dict[str, Any] = {}
        self.never_mail: set[str] = set()
        self._phases: dict[str, int] = {}
        self._withdrew: set[str] = set()

    def take_all(self, messages: Iterable[SegmentMessage]) -> dict[int, Outcome]:
        """Message id -> outcome, as they count; with held events of who is identified."""
        outcomes: dict[int, Outcome] = {}
        for message in messages:
            outcomes[message.pk] = self.take(message)
            # What everybody can send must not bring about a mail.
            counts = message.type == "identify" and not message.is_public
            if not counts or message.user_id not in self.contacts:
                continue
            for held in self.held.pop(message.user_id, ()):
                # It may have been held just now; its turn is after the identify.
                outcomes.pop(held.pk, None)
                waited = message.received_at - held.received_at
                outcomes[held.pk] = self.take(held, waited=waited)
        return outcomes

    def take(self, message: SegmentMessage, *, waited: timedelta | None = None) -> Outcome:
        """The message's outcome, when it waited so long for an identify (None: it did
        not). One that can't be understood fails alone."""
        try:
            if self._is_of_erased(message):
                return Outcome(Verdict.IGNORED, BEFORE_ERASURE, is_too_late=True)
            if message.type == "identify":
                return self._identify(message)
            if message.type == "track":
                return self._track(message, waited)
        except Exception as error:  # the rest of the inbox must go on
            log.exception("Segment message %s failed", message.pk)
            return Outcome(Verdict.FAILED, f"{type(error).__name__} while processing.")
        return Outcome(Verdict.IGNORED)

    def _is_of_erased(self, message: SegmentMessage) -> bool:
        until = self.erased.get(message.user_id)
        if until is None or message.timestamp > until:
            return False
        # In whichever order the two come, the address is not mailed again.
        if message.type == "identify":
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
        attributes = attributes_of(message.body)
        if message.is_public and contact.email:
            attributes = without_address(attributes)
        changed, notes = set_attributes(contact, attributes, at=message.timestamp)
        self.seen |= attributes
        if is_new or changed:
            self.contacts[message.user_id] = contact
            self.changed[message.user_id] = contact
        return Outcome(Verdict.CONTACT_SAVED, " ".join(notes))

    def _track(self, message: SegmentMessage, waited: timedelta | None) -> Outcome:
        if not message.user_id:
            return Outcome(Verdict.NO_USER_ID)
        asking = self.campaigns.get(message.event, ())
        cancelling = self.cancels.get(message.event, ())
        if not asking and not cancelling:
            return Outcome(Verdict.NO_CAMPAIGN)
        # By receipt, not by now: a worker that was down makes no event late.
        is_late = message.received_at - message.timestamp > self.max_age
        contact = self.contacts.get(message.user_id)
        if contact is None:
            hours = max(each.hold_hours for each in (*asking, *cancelling))
            if is_late or not hours:
                return Outcome(Verdict.NOT_IDENTIFIED)
            self.held.setdefault(message.user_id, []).append(message)
            return Outcome(Verdict.HELD, hold_hours=hours)
        if is_late:
            return Outcome(Verdict.LATE)
        outcome = Outcome(Verdict.PENDING)
        for campaign in asking:
            refusal = _refusal(message, campaign, contact, waited)
            if refusal is not None:
                outcome.answers.append(refusal)
            else:
                outcome.triggers.append(_trigger(message, campaign, contact))
        outcome.withdrawals = [Withdrawal(campaign, contact) for campaign in cancelling]
        outcome.sum_up()
        self._put_in_phase(outcome, message.user_id)
        return outcome

    def _put_in_phase(self, outcome: Outcome, user_id: str) -> None:
        """What is withdrawn makes room under a throttle, for this person's later events."""
        if outcome.triggers and user_id in self._withdrew:
            self._withdrew.remove(user_id)
            self._phases[user_id] = self._phases.get(user_id, 0) + 1
        if outcome.withdrawals:
            self._withdrew.add(user_id)
        outcome.phase = self._phases.get(user_id, 0)


def _refusal(
    message: SegmentMessage,
    campaign: Campaign,
    contact: Contact,
    waited: timedelta | None,
) -> Answer | None:
    """What the campaign's own options have against this event."""
    # Without the option a moment is too long, even none: both may come in one request.
    if waited is not None and not _holds_for(campaign, waited):
        return Answer(campaign, Verdict.NOT_IDENTIFIED)
    if campaign.conditions:
        columns = {name: getattr(contact, name) for name in COLUMNS}
        reason = unmet(
            campaign.conditions,
            event=mapping_in(message.body, "properties"),
            contact=columns | contact.attributes,
        )
        if reason is not None:
            return Answer(campaign, Verdict.CONDITIONS, reason)
    percent = campaign.sample_percent
    if in_sample(campaign_id=campaign.pk, message_id=message.message_id, percent=percent):
        return None
    return Answer(campaign, Verdict.SAMPLED_OUT, f"asks about {percent} % of its events")


def _holds_for(campaign: Campaign, waited: timedelta) -> bool:
    return campaign.hold_hours > 0 and waited <= timedelta(hours=campaign.hold_hours)


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
