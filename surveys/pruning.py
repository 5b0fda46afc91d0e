"""Forget what was only of use while it was young, in small steps: nobody waits long for
SQLite's one writer."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from surveys.mails import SurveyEmail
from surveys.suspects import LinkVisit

STEP = 1_000
VISITS_KEPT = timedelta(days=1)
# The others may be tried again, and their words say why they wait.
SETTLED = (
    SurveyEmail.Status.SENT,
    SurveyEmail.Status.UNCERTAIN,
    SurveyEmail.Status.FAILED,
    SurveyEmail.Status.CANCELLED,
)


def forget_transcripts(*, now: datetime, step: int = STEP) -> int:
    """Empty what mail servers and providers said of mail, which often repeats addresses;
    of how many mails. What became of them stays."""
    before = now - timedelta(days=settings.MAIL_TRANSCRIPT_RETENTION_DAYS)
    old = SurveyEmail.objects.filter(
        ~Q(error="") | ~Q(outcome_detail=""), due_at__lt=before, status__in=SETTLED
    ).order_by("due_at")
    total = 0
    while found := list(old.values_list("pk", flat=True)[:step]):
        # Again the condition: somebody may have sent one again meanwhile.
        total += SurveyEmail.objects.filter(pk__in=found, status__in=SETTLED).update(
            error="", outcome_detail=""
        )
    return total


def forget_visits(*, now: datetime, step: int = STEP) -> int:
    """Delete who opened which link: it tells scanners apart within a minute, or never."""
    old = LinkVisit.objects.filter(visited_at__lt=now - VISITS_KEPT)
    total = 0
    while found := list(old.values_list("pk", flat=True)[:step]):
        total += LinkVisit.objects.filter(pk__in=found).delete()[0]
    return total
