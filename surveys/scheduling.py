"""Turn triggers into surveys with an invitation in the outbox, or say why not.

A survey is due when its mail is meant to go out: after the delay, within the send window,
and where the throttle lets it wait, at its turn. So throttles count planned mail.

Set-wise: a fixed number of statements for any number of triggers. `decide` only says what
would happen, `schedule` makes it so; the caller of `schedule` holds the account's lock in
a transaction, so that two triggers can't both pass one throttle.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from campaigns.models import Campaign
from contacts.models import Contact, Suppression
from contacts.upsert import add_to_lists
from promoter.accounts.models import Account
from promoter.lib.many_rows import insert, take_ids
from surveys.asking.asks import known_asks
from surveys.asking.burst_guard import hold_bursts
from surveys.asking.send_windows import opens_at
from surveys.asking.turns import is_repeat
from surveys.eligibility import Ask, Spacing, first_allowed, skip_reason
from surveys.models import SkipReason, Survey, SurveyEmail

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Trigger:
    """One wish to ask one contact for one campaign, with the contact as it was then.

    `not_before`: when the wish came up, where that is later than the event. Load the
    campaign with its account and its throttle.
    """

    campaign: Campaign
    contact: Contact
    trigger_id: str
    triggered_at: datetime
    email: str
    address_digest: str
    attributes: Mapping[str, Any]
    not_before: datetime | None = None

    @property
    def delayed_until(self) -> datetime:
        """The delay counts from the event; what is overdue by then is due at once."""
        due_at = self.triggered_at + timedelta(days=self.campaign.delivery_delay)
        return due_at if self.not_before is None else max(due_at, self.not_before)

    @cached_property
    def due_at(self) -> datetime:
        """When the send window is open then or after; without a throttle, that is."""
        return self.opens_at(self.delayed_until)

    def opens_at(self, moment: datetime) -> datetime:
        return opens_at(
            moment,
            campaign=self.campaign,
            account=self.campaign.account,
            attributes=self.attributes,
        )

    @property
    def patience(self) -> timedelta:
        """How long after its delay it may wait for its turn under the throttle."""
        throttle = self.campaign.throttle
        return timedelta(days=throttle.defer_days if throttle else 0)

    @property
    def ask(self) -> Ask:
        return Ask(self.campaign.pk, self.due_at)

    @property
    def spacing(self) -> Spacing:
        repeats = is_repeat(self.campaign.kind, self.trigger_id)
        throttle = None if repeats else self.campaign.throttle
        return Spacing.of(throttle, floor_hours=settings.SURVEY_FLOOR_HOURS)


@dataclass(frozen=True, slots=True)
class Decision:
    """A survey, or the reason for none; neither when this trigger had its survey before.

    `is_burst`: none, because the campaign has asked too many and paused itself.
    """

    survey: Survey | None = None
    skip_reason: SkipReason | None = None
    is_burst: bool = False


class Asks:
    """The asks of each contact and of each address, to be looked up by trigger."""

    def __init__(self) -> None:
        self._by_contact: dict[int | None, list[Ask]] = defaultdict(list)
        self._by_address: dict[str, list[Ask]] = defaultdict(list)

    def add(self, contact_id: int | None, digests: Iterable[str], ask: Ask) -> None:
        self._by_contact[contact_id].append(ask)
        for digest in digests:
            self._by_address[digest].append(ask)

    def of(self, trigger: Trigger) -> list[Ask]:
        return [
            *self._by_contact.get(trigger.contact.pk, ()),
            *self._by_address.get(trigger.address_digest, ()),
        ]


def schedule(
    *, account: Account, triggers: Sequence[Trigger], now: datetime
) -> list[Decision]:
    """Decide on each trigger in the order given, and write what was decided.

    The contacts must be saved. Due dates count from the trigger. Who is surveyed is added
    to the campaign's list. A campaign that asks too many pauses itself on the way.
    """
    decisions = decide(account=account, triggers=triggers)
    wanted = [each.survey for each in decisions if each.survey is not None]
    held = hold_bursts(wanted, now=now)
    _write([each for at, each in enumerate(wanted) if at not in held], now=now)
    bursts = {id(wanted[at]) for at in held}
    return [
        Decision(is_burst=True) if id(each.survey) in bursts else each for each in decisions
    ]


def decide(
    *,
    account: Account,
    triggers: Sequence[Trigger],
    planned: Asks | None = None,
    afresh: bool = False,
) -> list[Decision]:
    """What `schedule` would do with each trigger, in the order given; writes nothing.

    `planned` carries what was decided on from call to call, for who writes none of it.
    `afresh` leaves out what these triggers' campaigns have asked so far.
    """
    if not triggers:
        return []
    suppressed = Suppression.objects.reasons(
        account=account, digests=(each.address_digest for each in triggers)
    )
    ours = {each.campaign.pk for each in triggers} if afresh else set()
    asks = load_asks(account, triggers, without=ours)
    planned = Asks() if planned is None else planned
    used = set() if afresh else _used_triggers(triggers)
    decisions = []
    for trigger in triggers:
        others = [*asks.of(trigger), *planned.of(trigger)]
        decision = _decide(trigger, others, used, suppressed)
        used.add((trigger.campaign.pk, trigger.trigger_id))
        if decision.survey is not None:
            ask = Ask(trigger.campaign.pk, decision.survey.due_at)
            planned.add(trigger.contact.pk, [trigger.address_digest], ask)
        decisions.append(decision)
    return decisions


def free_from(*, account: Account, triggers: Sequence[Trigger]) -> list[datetime]:
    """When the same event could ask at the earliest, for each trigger; writes nothing.

    Counts what was asked until now, also after the trigger.
    """
    if not triggers:
        return []
    asks = load_asks(account, triggers, without=set())
    found = []
    for trigger in triggers:
        due_at = trigger.delayed_until
        ask = Ask(trigger.campaign.pk, due_at)
        free = trigger.spacing.free_from(ask, asks.of(trigger)) - trigger.patience
        delay = timedelta(days=trigger.campaign.delivery_delay)
        found.append(max(free, due_at) - delay)
    return found


def _decide(
    trigger: Trigger,
    others: Sequence[Ask],
    used: set[tuple[int, str]],
    suppressed: Mapping[str, str],
) -> Decision:
    if (trigger.campaign.pk, trigger.trigger_id) in used:
        return Decision()
    reason = skip_reason(
        ask=trigger.ask,
        spacing=trigger.spacing,
        other_asks=others,
        campaign_live=trigger.campaign.is_live,
        email=trigger.email,
        suppressed=trigger.address_digest in suppressed,
    )
    due_at = trigger.due_at
    if reason == SkipReason.THROTTLED and (turn := _turn(trigger, others)):
        reason, due_at = None, turn
    if reason is not None:
        return Decision(skip_reason=reason)
    return Decision(
        survey=Survey(
            account_id=trigger.campaign.account_id,
            campaign=trigger.campaign,
            contact=trigger.contact,
            trigger_id=trigger.trigger_id,
            attributes=dict(trigger.attributes),
            address_digest=trigger.address_digest,
            triggered_at=trigger.triggered_at,
            due_at=due_at,
        )
    )


def _turn(trigger: Trigger, others: Sequence[Ask]) -> datetime | None:
    """When a throttled trigger may ask, if its throttle lets it wait so long."""
    if not trigger.patience:
        return None
    return first_allowed(
        ask=trigger.ask,
        spacing=trigger.spacing,
        other_asks=others,
        opens_at=trigger.opens_at,
        latest=trigger.delayed_until + trigger.patience,
    )


def load_asks(account: Account, triggers: Sequence[Trigger], *, without: Set[int]) -> Asks:
    """What throttles can count, but for what these campaigns have asked.

    All that are due later are among them: few, and `free_from` steps over each.
    """
    reach = max(each.spacing.reach for each in triggers)
    known = known_asks(
        accounts={account.pk},
        contacts={each.contact.pk for each in triggers},
        digests={each.address_digest for each in triggers},
        since=min(each.delayed_until for each in triggers) - reach,
    )
    asks = Asks()
    for each in known:
        if each.campaign_id not in without:
            asks.add(each.contact_id, each.digests, each.planned)
    return asks


def _used_triggers(triggers: Sequence[Trigger]) -> set[tuple[int, str]]:
    """(campaign, trigger) pairs that have a survey: an event replayed years later, when
    its inbox row is long pruned, starts no second one."""
    return set(_of_triggers(triggers).values_list("campaign_id", "trigger_id"))


def _of_triggers(wanted: Sequence[Trigger | Survey]) -> QuerySet[Survey]:
    return Survey.objects.filter(
        campaign__in={each.campaign.pk for each in wanted},
        trigger_id__in={each.trigger_id for each in wanted},
    )


def _write(surveys: Sequence[Survey], *, now: datetime) -> None:
    if not surveys:
        return
    insert(surveys)
    rows = {(each.campaign_id, each.trigger_id): each for each in surveys}
    take_ids(rows, _of_triggers(surveys), key=("campaign_id", "trigger_id"))
    insert(
        [
            SurveyEmail(
                account_id=survey.account_id,
                survey=survey,
                kind=SurveyEmail.Kind.INVITATION,
                due_at=survey.due_at,
            )
            for survey in surveys
        ]
    )
    for survey in surveys:
        log.info(
            "Survey %s is due at %s for %s",
            survey.pk,
            f"{survey.due_at:%Y-%m-%dT%H:%M:%SZ}",
            survey.trigger_id,
            extra={"account": survey.account_id, "survey": survey.pk},
        )
    places = [(each.campaign.contact_list_id, each.contact_id) for each in surveys]
    whole = ((a, b) for a, b in places if a is not None and b is not None)
    add_to_lists(places=whole, now=now)
