"""Mail of a database that was set back to an earlier day."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from surveys.models import SurveyEmail

MAY_HAVE_LEFT = "It was due in a backup that was brought back; it may have left."


def doubt_what_may_have_left(*, now: datetime) -> int:
    """Have a person decide on each mail that the days since may have sent: those that were
    on their way, and those that came due. How many there are."""
    claimed = Q(status__in=SurveyEmail.CLAIMED)
    waiting = SurveyEmail.objects.in_motion().filter(claimed | Q(due_at__lte=now))
    return waiting.update(
        status=SurveyEmail.Status.UNCERTAIN, lease_until=None, error=MAY_HAVE_LEFT
    )
