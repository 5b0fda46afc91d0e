"""What became of the surveys that went out: sent, undeliverable, answered."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import (
    Case,
    Count,
    IntegerField,
    OuterRef,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.lookups import IsNull

from promoter.accounts.access import for_account
from promoter.accounts.models import Account
from surveys.models import Response, Survey, SurveyEmail

OPEN, REFUSED, ANSWERED = range(3)
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


Cohorts = dict[tuple[Any, ...], Asked]


def counted_cohorts(rows: QuerySet[Survey], *names: str) -> Cohorts:
    """Of each combination of these names (annotations of the rows) what became of its
    surveys, in one query. Undeliverable is what nobody has answered: a refusal that was put
    right later is none.

    Asked survey by survey, of whom its index knows it: a join, or EXISTS, has PostgreSQL
    read the answers of all time for those of a month. And once of each, as counts that
    have it as their condition would ask once more for every count.
    """
    answer = Response.objects.filter(survey=OuterRef("pk")).order_by().values("survey")
    refused = SurveyEmail.objects.filter(
        survey=OuterRef("pk"),
        kind=SurveyEmail.Kind.INVITATION,
        outcome__in=UNDELIVERED,
    )
    fate = Case(
        When(IsNull(Subquery(answer[:1]), False), then=Value(ANSWERED)),
        When(
            IsNull(Subquery(refused.order_by().values("survey")[:1]), False),
            then=Value(REFUSED),
        ),
        default=Value(OPEN),
        output_field=IntegerField(),
    )
    found: defaultdict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0, 0])
    named = rows.annotate(fate=fate).values_list(*names, "fate").order_by()
    for *name, became, count in named.annotate(count=Count("pk")):
        counts = found[tuple(name)]
        counts[0] += count
        if became != OPEN:
            counts[became] += count
    return {name: Asked(*counts) for name, counts in found.items()}


def first_asked_at(account: Account) -> datetime | None:
    """When the first survey was sent. The condition is the index's, which has no others;
    without it a million rows are read for the least."""
    sent = for_account(Survey, account).filter(asked_at__isnull=False)
    return sent.order_by("asked_at").values_list("asked_at", flat=True).first()
