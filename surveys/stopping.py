"""Stop mail that waits for somebody who must not get it."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from surveys.models import SkipReason, Survey, SurveyEmail

UNSENT = (
    *SurveyEmail.STOPPABLE,
    SurveyEmail.Status.FAILED,
    SurveyEmail.Status.CANCELLED,
)


def stop(surveys: QuerySet[Survey], *, why: str, now: datetime) -> None:
    """Cancel what waits in these surveys; where nothing went out, nobody was asked.

    In the caller's transaction.
    """
    # The status stands on the row itself, not in the subquery: PostgreSQL looks at it
    # again when a worker claimed the row while we waited for it.
    SurveyEmail.objects.filter(
        survey__in=surveys.values("pk"), status__in=SurveyEmail.STOPPABLE
    ).update(status=SurveyEmail.Status.CANCELLED, lease_until=None, error=why)
    under_way = SurveyEmail.objects.filter(survey=OuterRef("pk")).exclude(status__in=UNSENT)
    never_asked = surveys.filter(~Exists(under_way), asked_at=None, skip_reason="")
    Survey.objects.filter(pk__in=never_asked.values("pk"), skip_reason="").update(
        skip_reason=SkipReason.SUPPRESSED, skipped_at=now
    )
