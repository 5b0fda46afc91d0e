"""What a person decides about a mail that is uncertain or failed: again, or leave it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F

from surveys.models import SurveyEmail, SurveyEmailQuerySet

AT_ONCE = 1000
"""Mails that one press settles; more are left for the next."""


def send_again(*, emails: SurveyEmailQuerySet, now: datetime) -> int:
    """Those of these mails that are still unsettled are due now. How many those are.

    Same Message-ID, a fresh attempt and 72 new hours; the re-check before sending decides
    as for every mail. `sent_at` stays: a click proves meanwhile that the first arrived.
    """
    found = list(emails.unsettled().values_list("pk", flat=True)[:AT_ONCE])
    with transaction.atomic():
        # The state again, on the row itself: evidence or a team-mate may be faster.
        rows = SurveyEmail.objects.unsettled().filter(pk__in=found)
        again = rows.update(
            status=SurveyEmail.Status.SCHEDULED,
            due_at=now,
            attempt=F("attempt") + 1,
            failing_since=None,
            error="",
        )
        # The waiting reminder was the second try; the mail that goes now plans its own.
        surveys = SurveyEmail.objects.filter(
            pk__in=found,
            kind=SurveyEmail.Kind.INVITATION,
            status=SurveyEmail.Status.SCHEDULED,
        ).values("survey")
        SurveyEmail.objects.filter(
            survey__in=surveys,
            kind=SurveyEmail.Kind.REMINDER,
            status=SurveyEmail.Status.SCHEDULED,
        ).exclude(pk__in=found).delete()
    return again


def leave(*, emails: SurveyEmailQuerySet, now: datetime) -> int:
    """They stay as they are, and are shown no more. How many that were."""
    found = list(emails.unsettled().values_list("pk", flat=True)[:AT_ONCE])
    return SurveyEmail.objects.unsettled().filter(pk__in=found).update(left_at=now)
