"""End the campaigns that have nobody left to ask.

A one-time campaign is complete when everybody in its list was looked at and every mail is
settled, its reminders too. While a mail is uncertain or failed and nobody has decided on
it, the campaign stays active: a complete one could not send it again.
"""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from campaigns.lifecycle import complete
from campaigns.models import Campaign
from promoter.accounts.audit import record
from promoter.accounts.audit_actions import Action
from surveys.models import SurveyEmail

Status = SurveyEmail.Status


def complete_finished(*, now: datetime) -> int:
    """How many campaigns it ended."""
    open_mail = SurveyEmail.objects.filter(survey__campaign=OuterRef("pk")).filter(
        Q(status__in=[Status.SCHEDULED, *SurveyEmail.CLAIMED])
        | Q(status__in=[Status.UNCERTAIN, Status.FAILED], left_at=None)
    )
    finished = (
        Campaign.objects.live()
        .filter(kind=Campaign.Kind.ONE_TIME, enrolled_at__lte=now)
        .filter(~Exists(open_mail))
        .select_related("account")
    )
    ended = 0
    for campaign in finished:
        try:
            with transaction.atomic():
                complete(campaign=campaign)
                record(
                    account=campaign.account,
                    actor=None,
                    action=Action.CAMPAIGN_COMPLETED,
                    target=campaign,
                    now=now,
                )
        except ValidationError:
            continue  # somebody else has ended it
        ended += 1
    return ended
