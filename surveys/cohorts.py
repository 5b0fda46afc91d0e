"""What became of the surveys that went out: sent, undeliverable, answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q

from promoter.accounts.access import for_account
from promoter.accounts.models import Account
from surveys.models import Survey, SurveyEmail

UNDELIVERED = (SurveyEmail.Outcome.BOUNCED, SurveyEmail.Outcome.REJECTED)


@dataclass(frozen=True, slots=True)
class Asked:
    """How many surveys went out, came back undeliverable, were answered."""

    asked: int = 0
    bounced: int = 0
    answered: int = 0

    def __add__(self, other: Asked) -> Asked:
        return Asked(
            self.asked + other.asked,
            self.bounced + other.bounced,
            self.answered + other.answered,
        )

    def __sub__(self, other: Asked) -> Asked:
        return Asked(
            self.asked - other.asked,
            self.bounced - other.bounced,
            self.answered - other.answered,
        )


def cohort_counts() -> dict[str, Count]:
    """The columns of DailyCohort, counted over surveys. Undeliverable is what nobody has
    answered: a refusal that was put right later is none."""
    undeliverable = Exists(
        SurveyEmail.objects.filter(
            survey=OuterRef("pk"),
            kind=SurveyEmail.Kind.INVITATION,
            outcome__in=UNDELIVERED,
        )
    )
    return {
        "asked": Count("pk"),
        "bounced": Count("pk", filter=Q(undeliverable) & Q(response=None)),
        "answered": Count("response"),
    }


def first_asked_at(account: Account) -> datetime | None:
    """When the first survey was sent. The condition is the index's, which has no others;
    without it a million rows are read for the least."""
    sent = for_account(Survey, account).filter(asked_at__isnull=False)
    return sent.order_by("asked_at").values_list("asked_at", flat=True).first()
