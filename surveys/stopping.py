"""Stop mail that waits for somebody who must not get it."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Case, DateTimeField, Exists, OuterRef, QuerySet, Value, When
from django.db.models.functions import Coalesce

from surveys.mails import MAY_HAVE_LEFT
from surveys.models import SkipReason, Survey, SurveyEmail, SurveyEmailQuerySet

Status = SurveyEmail.Status
UNSENT = (*SurveyEmail.STOPPABLE, Status.FAILED, Status.CANCELLED)


def call_off(
    mails: SurveyEmailQuerySet, *, why: str, now: datetime, may_go_again: bool = False
) -> int:
    """Those of these mails that wait, or that a worker only holds, don't go out. How many.

    Cancelled, where nothing has left. One that may have left, and was to go once more, is
    uncertain again: throttles count it on, and a click or an event still proves it. Nobody
    has to look at that, unless a person could decide that it `may_go_again`.
    """
    uncertain = When(MAY_HAVE_LEFT, then=Value(Status.UNCERTAIN))
    left_at = When(MAY_HAVE_LEFT, then=Value(now, output_field=DateTimeField()))
    # The status stands on the row itself, not in a subquery of the caller's: PostgreSQL
    # looks at it again when a worker claimed the row while we waited for it.
    return mails.filter(status__in=SurveyEmail.STOPPABLE).update(
        status=Case(uncertain, default=Value(Status.CANCELLED)),
        sent_at=Coalesce("sent_at", "repeating_since"),
        repeating_since=None,
        left_at=None if may_go_again else Case(left_at),
        lease_until=None,
        error=why,
    )


def stop(surveys: QuerySet[Survey], *, why: str, now: datetime) -> None:
    """Call off what waits in these surveys; where nothing went out, nobody was asked.

    In the caller's transaction.
    """
    call_off(SurveyEmail.objects.filter(survey__in=surveys.values("pk")), why=why, now=now)
    under_way = SurveyEmail.objects.filter(survey=OuterRef("pk")).exclude(status__in=UNSENT)
    never_asked = surveys.filter(~Exists(under_way), asked_at=None, skip_reason="")
    Survey.objects.filter(pk__in=never_asked.values("pk"), skip_reason="").update(
        skip_reason=SkipReason.SUPPRESSED, skipped_at=now
    )
