"""When to try a mail again, and when to give up."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from surveys.models import SurveyEmail

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=4)
# RFC 5321 4.5.4.1 asks for at least 4 to 5 days from a relay; a question about an order
# of last week is worse than none.
GIVE_UP_AFTER = timedelta(hours=72)
MAX_ERROR = 500


def next_try(
    email: SurveyEmail, *, error: str, now: datetime, first_wait: timedelta = FIRST_WAIT
) -> dict[str, Any]:
    """The columns of a mail that has not left and may later: due again, or failed.

    Waits `first_wait`, then twice that and so on, because each wait is as long as all
    before it together; no counter is needed, and a clock that stood still costs nothing.
    """
    since = email.failing_since or now
    status, due_at = SurveyEmail.Status.SCHEDULED, email.due_at
    if now - since >= GIVE_UP_AFTER:
        status = SurveyEmail.Status.FAILED
        error = f"Given up after 72 hours. {error}"
    else:
        due_at = now + min(now - since + first_wait, LONGEST_WAIT)
    return {
        "status": status,
        "due_at": due_at,
        "failing_since": since,
        "lease_until": None,
        "error": error[:MAX_ERROR],
    }
