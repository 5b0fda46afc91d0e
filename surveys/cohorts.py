"""What became of the surveys that went out: sent, undeliverable, answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.lookups import IsNull

from promoter.accounts.access import for_account
from promoter.accounts.models import Account
from surveys.models import Response, Survey, SurveyEmail

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
    answered: a refusal that was put right later is none.

    Asked survey by survey, of whom its index knows it: a join, or EXISTS, has PostgreSQL
    read the answers of all time for those of a month.
    """
    answer = Response.objects.filter(survey=OuterRef("pk")).order_by().values("survey")
    refused = SurveyEmail.objects.filter(
        survey=OuterRef("pk"),
        kind=SurveyEmail.Kind.INVITATION,
        outcome__in=UNDELIVERED,
    )
    is_answered = Q(IsNull(Subquery(answer[:1]), False))
    is_refused = Q(IsNull(Subquery(refused.order_by().values("survey")[:1]), False))
    return {
        "asked": Count("pk"),
        "bounced": Count("pk", filter=~is_answered & is_refused),
        "answered": Count("pk", filter=is_answered),
    }


def first_asked_at(account: Account) -> datetime | None:
    """When the first survey was sent. The condition is the index's, which has no others;
    without it a million rows are read for the least."""
    sent = for_account(Survey, account).filter(asked_at__isnull=False)
    return sent.order_by("asked_at").values_list("asked_at", flat=True).first()
