"""Take back what a campaign was about to ask, because a later event says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef

from campaigns.models import Campaign
from contacts.models import Contact
from promoter.accounts.models import Account
from surveys.models import SkipReason, Survey, SurveyEmail
from surveys.stopping import call_off

Kind = SurveyEmail.Kind


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A wish to take back what this campaign has not asked this contact yet."""

    campaign: Campaign
    contact: Contact


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """How many surveys nobody will get, and how many reminders of surveys that went out."""

    surveys: int = 0
    reminders: int = 0

    @property
    def words(self) -> str:
        """`1 survey withdrawn`, `2 surveys and 1 reminder withdrawn`; empty for nothing."""
        counts = ((self.surveys, "survey"), (self.reminders, "reminder"))
        parts = [f"{n} {noun}{'' if n == 1 else 's'}" for n, noun in counts if n]
        return f"{' and '.join(parts)} withdrawn" if parts else ""


def withdraw(
    *, account: Account, withdrawals: Sequence[Withdrawal], now: datetime
) -> list[Withdrawn]:
    """Cancel the unsent mail, and say for each withdrawal what it stopped; the second of
    two alike stops nothing. The caller is in a transaction.

    Mail that a worker has begun to hand over is not touched: it counts as sent, and its
    reminder goes out too. That is the loss of a few milliseconds. One that may have left
    before, and was to go once more, does not go and is not counted.
    """
    wanted = {(each.campaign.pk, each.contact.pk) for each in withdrawals}
    if not wanted:
        return []
    emails = [
        email
        # Locked with the condition: PostgreSQL looks at the status again when a worker
        # had the row, and whoever holds a claim finds at its next step that it is lost.
        for email in SurveyEmail.objects.select_for_update(of=("self",), no_key=True)
        .filter(
            account=account,
            status__in=SurveyEmail.STOPPABLE,
            survey__campaign__in={campaign for campaign, _ in wanted},
            survey__contact__in={contact for _, contact in wanted},
        )
        .select_related("survey")
        .order_by("pk")
        if (email.survey.campaign_id, email.survey.contact_id) in wanted
    ]
    if not emails:
        return [Withdrawn() for _ in withdrawals]
    call_off(
        SurveyEmail.objects.filter(pk__in=[email.pk for email in emails]),
        why=str(SkipReason.WITHDRAWN.label),
        now=now,
    )
    _mark_skipped([email.survey_id for email in emails], now)
    found = Counter(
        (email.survey.campaign_id, email.survey.contact_id, email.kind)
        for email in emails
        if not email.may_have_left
    )
    return [
        Withdrawn(
            found.pop((each.campaign.pk, each.contact.pk, Kind.INVITATION.value), 0),
            found.pop((each.campaign.pk, each.contact.pk, Kind.REMINDER.value), 0),
        )
        for each in withdrawals
    ]


def _mark_skipped(surveys: Sequence[int], now: datetime) -> None:
    """Of these surveys those that nobody was asked."""
    gone = (SurveyEmail.Status.FAILED, SurveyEmail.Status.CANCELLED)
    under_way = SurveyEmail.objects.filter(survey=OuterRef("pk")).exclude(status__in=gone)
    Survey.objects.filter(
        ~Exists(under_way), pk__in=surveys, asked_at=None, skip_reason=""
    ).update(skip_reason=SkipReason.WITHDRAWN, skipped_at=now)
