"""Segment's rules, applied to messages in the order of their arrival.

Works on instances in memory and touches no row: processing.py loads what a batch needs,
folds it here, and writes the result in a few statements.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_noop

from campaigns.conditions import unmet
from campaigns.models import Campaign
from campaigns.sampling import in_sample
from contacts.attributes import address_in, set_attributes, without_address
from contacts.models import Contact
from promoter.accounts.models import Account
from segment_ingest.detail_words import SHARE
from segment_ingest.models import SegmentMessage
from segment_ingest.outcomes import Answer, Outcome
from segment_ingest.traits import attributes_of, mapping_in, traits_of
from surveys.scheduling import Trigger
from surveys.withdrawing import Withdrawal

log = logging.getLogger(__name__)
Verdict = SegmentMessage.Verdict
BEFORE_ERASURE = gettext_noop(
    "It says what was before the person was erased, so nothing of it is kept."
)
# A condition may name these too; contacts that were imported have them as columns only.
COLUMNS = ("email", "first_name", "last_name")


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
    return Answer(campaign, Verdict.SAMPLED_OUT, SHARE % {"percent": percent})


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
