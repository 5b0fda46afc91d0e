"""What a person decides about a mail that is uncertain or failed: again, or leave it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F

from surveys.mails import MAY_HAVE_LEFT
from surveys.models import SurveyEmail, SurveyEmailQuerySet
from surveys.stopping import call_off

Kind, Status = SurveyEmail.Kind, SurveyEmail.Status
AT_ONCE = 1000
"""Mails that one press settles; more are left for the next."""


@dataclass(frozen=True, slots=True)
class Again:
    """How many mails are due again; and how many are not, as another mail of their survey
    is on its way to the same person at this moment."""

    mails: int
    on_their_way: int


def send_again(*, emails: SurveyEmailQuerySet, now: datetime) -> Again:
    """Those of these mails that are still unsettled are due now, one of each survey.

    Same Message-ID, a fresh attempt and 72 new hours; the re-check before sending decides
    as for every mail. `sent_at` stays: a click proves meanwhile that the first arrived.
    """
    found = list(emails.unsettled().values_list("pk", flat=True)[:AT_ONCE])
    with transaction.atomic():
        # The state again, on the row itself: evidence or a team-mate may be faster.
        rows = SurveyEmail.objects.unsettled().filter(pk__in=found).order_by("pk")
        chosen = list(rows.select_for_update(no_key=True))
        invited = {row.survey_id for row in chosen if row.kind == Kind.INVITATION}
        _drop_reminders(invited, now=now)
        others = SurveyEmail.objects.filter(survey__in=[row.survey_id for row in chosen])
        # Asked last: what was handed over before we could take it is seen here.
        leaving = set(others.in_motion().values_list("survey_id", flat=True))
        going = [
            row.pk
            for row in chosen
            if row.survey_id not in leaving
            and (row.kind == Kind.INVITATION or row.survey_id not in invited)
        ]
        again = SurveyEmail.objects.filter(pk__in=going).update(
            status=Status.SCHEDULED,
            due_at=now,
            attempt=F("attempt") + 1,
            failing_since=None,
            error="",
        )
    return Again(again, len(chosen) - again)


def _drop_reminders(invited: set[int], *, now: datetime) -> None:
    """They were the second try; the mail that goes now plans its own. A worker that only
    holds one loses it."""
    reminders = SurveyEmail.objects.filter(
        survey__in=invited, kind=Kind.REMINDER, status__in=SurveyEmail.STOPPABLE
    )
    # Both look at the row as it is when they come to it, not at a list made before.
    reminders.exclude(MAY_HAVE_LEFT).delete()
    call_off(reminders, why="The invitation was sent again.", now=now)


def leave(*, emails: SurveyEmailQuerySet, now: datetime) -> int:
    """They stay as they are, and are shown no more. How many that were."""
    found = list(emails.unsettled().values_list("pk", flat=True)[:AT_ONCE])
    return SurveyEmail.objects.unsettled().filter(pk__in=found).update(left_at=now)
