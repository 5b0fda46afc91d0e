"""One survey for one contact, because a program asked for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from campaigns.lifecycle import mark_active
from campaigns.models import Campaign
from contacts.models import Suppression
from contacts.naming import Named, save_named
from promoter.accounts.models import Account
from surveys.asking.skipping import record_skips
from surveys.models import SkipReason, Survey
from surveys.scheduling import Trigger, schedule


@dataclass(frozen=True, slots=True)
class Requested:
    """What came of the wish; the survey may be one that says why nobody is asked.

    `is_new` is False when the same wish was made before. No survey: an erased person.
    """

    survey: Survey | None
    is_new: bool = False

    @property
    def skipped(self) -> str:
        return self.survey.skip_reason if self.survey else SkipReason.SUPPRESSED.value


@transaction.atomic
def request_survey(
    *, campaign: Campaign, named: Named, trigger_id: str, now: datetime
) -> Requested:
    """Bring the contact up to date and schedule one survey, or record why not.

    Raises IntegrityError when somebody else created the same contact: call again.
    """
    # As processing does: two wishes can't both pass one throttle.
    account = Account.objects.select_for_update(no_key=True).get(pk=campaign.account_id)
    before = Survey.objects.filter(campaign=campaign, trigger_id=trigger_id).first()
    if before is not None:
        return Requested(before)
    if Suppression.objects.filter(
        account=account, address_digest=named.digest, reason=Suppression.Reason.ERASED
    ).exists():
        # Not even kept as a contact: that was the promise.
        return Requested(None)
    contact = save_named(account=account, named=named, now=now)
    trigger = Trigger(
        campaign=campaign,
        contact=contact,
        trigger_id=trigger_id,
        triggered_at=now,
        email=contact.email,
        address_digest=contact.address_digest,
        attributes=contact.attributes,
    )
    (decision,) = schedule(account=account, triggers=[trigger], now=now)
    skips = record_skips(triggers=[trigger], decisions=[decision], now=now)
    mark_active(account=account, campaign_ids=[campaign.pk], now=now)
    survey = decision.survey or next(iter(skips), None)
    if survey is None:  # the campaign has asked too many and paused itself just now
        return Requested(Survey(skip_reason=SkipReason.CAMPAIGN_INACTIVE))
    return Requested(survey, is_new=True)
