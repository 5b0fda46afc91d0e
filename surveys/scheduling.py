"""Turn triggers into surveys with an invitation in the outbox, or say why not.

Set-wise: a fixed number of statements for any number of triggers. The caller holds the
account's lock in a transaction, so that two triggers can't both pass one throttle.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from campaigns.models import Campaign
from contacts.models import Contact, Suppression
from contacts.upsert import add_to_lists
from promoter.accounts.models import Account
from surveys.eligibility import Ask, Spacing, skip_reason
from surveys.models import SkipReason, Survey, SurveyEmail


@dataclass(frozen=True, slots=True)
class Trigger:
    """One wish to ask one contact for one campaign, with the contact as it was then."""

    campaign: Campaign
    contact: Contact
    trigger_id: str
    triggered_at: datetime
    email: str
    address_digest: str
    attributes: Mapping[str, Any]

    @property
    def due_at(self) -> datetime:
        return self.triggered_at + timedelta(days=self.campaign.delivery_delay)

    @property
    def ask(self) -> Ask:
        return Ask(self.campaign.pk, self.due_at)

    @property
    def spacing(self) -> Spacing:
        return Spacing.of(self.campaign.throttle, floor_hours=settings.SURVEY_FLOOR_HOURS)


@dataclass(frozen=True, slots=True)
class Decision:
    """A survey, or the reason for none; neither when this trigger had its survey before."""

    survey: Survey | None = None
    skip_reason: SkipReason | None = None


class _Asks:
    """The asks of each contact and of each address, past, pending and decided just now."""

    def __init__(self) -> None:
        self._by_contact: dict[int | None, list[Ask]] = defaultdict(list)
        self._by_address: dict[str, list[Ask]] = defaultdict(list)

    def add(self, contact_id: int | None, digest: str, ask: Ask) -> None:
        self._by_contact[contact_id].append(ask)
        self._by_address[digest].append(ask)

    def of(self, trigger: Trigger) -> list[Ask]:
        return [
            *self._by_contact[trigger.contact.pk],
            *self._by_address[trigger.address_digest],
        ]


def schedule(
    *, account: Account, triggers: Sequence[Trigger], now: datetime
) -> list[Decision]:
    """Decide on each trigger in the order given, and write what was decided.

    The contacts must be saved. Due dates count from the trigger. Who is surveyed is added
    to the campaign's list.
    """
    if not triggers:
        return []
    suppressed = Suppression.objects.reasons(
        account=account, digests=(each.address_digest for each in triggers)
    )
    asks = _load_asks(account, triggers)
    used = _used_triggers(triggers)
    decisions = []
    for trigger in triggers:
        decision = _decide(trigger, asks, used, suppressed)
        used.add((trigger.campaign.pk, trigger.trigger_id))
        if decision.survey is not None:
            asks.add(trigger.contact.pk, trigger.address_digest, trigger.ask)
        decisions.append(decision)
    _write([each.survey for each in decisions if each.survey is not None], now=now)
    return decisions


def _decide(
    trigger: Trigger,
    asks: _Asks,
    used: set[tuple[int, str]],
    suppressed: Mapping[str, str],
) -> Decision:
    if (trigger.campaign.pk, trigger.trigger_id) in used:
        return Decision()
    reason = skip_reason(
        ask=trigger.ask,
        spacing=trigger.spacing,
        other_asks=asks.of(trigger),
        campaign_live=trigger.campaign.is_live,
        email=trigger.email,
        suppressed=trigger.address_digest in suppressed,
    )
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
            due_at=trigger.due_at,
        )
    )


def _load_asks(account: Account, triggers: Sequence[Trigger]) -> _Asks:
    """What throttles can count: neither skipped, nor given up before anything was sent."""
    reach = max(each.spacing.reach for each in triggers)
    dues = [each.due_at for each in triggers]
    given_up = SurveyEmail.objects.filter(
        survey=OuterRef("pk"),
        kind=SurveyEmail.Kind.INVITATION,
        status__in=[SurveyEmail.Status.FAILED, SurveyEmail.Status.CANCELLED],
    )
    rows = (
        Survey.objects.filter(
            Q(contact__in={each.contact.pk for each in triggers})
            | Q(address_digest__in={each.address_digest for each in triggers} - {""}),
            account=account,
            skip_reason="",
            due_at__gt=min(dues) - reach,
            due_at__lt=max(dues) + reach,
        )
        .filter(Q(asked_at__isnull=False) | ~Exists(given_up))
        .values_list("contact_id", "address_digest", "campaign_id", "due_at")
    )
    asks = _Asks()
    for contact_id, digest, campaign_id, due_at in rows:
        asks.add(contact_id, digest, Ask(campaign_id, due_at))
    return asks


def _used_triggers(triggers: Sequence[Trigger]) -> set[tuple[int, str]]:
    """(campaign, trigger) pairs that have a survey: an event replayed years later, when
    its inbox row is long pruned, starts no second one."""
    return set(
        Survey.objects.filter(
            campaign__in={each.campaign.pk for each in triggers},
            trigger_id__in={each.trigger_id for each in triggers},
        ).values_list("campaign_id", "trigger_id")
    )


def _write(surveys: Sequence[Survey], *, now: datetime) -> None:
    if not surveys:
        return
    Survey.objects.bulk_create(surveys)
    SurveyEmail.objects.bulk_create(
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
    places = ((survey.campaign.contact_list_id, survey.contact_id) for survey in surveys)
    add_to_lists(
        places=(
            (contact_list, contact)
            for contact_list, contact in places
            if contact_list is not None and contact is not None
        ),
        now=now,
    )
