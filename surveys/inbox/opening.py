"""A case begins with its answer, and begins again when the answer changes."""

from __future__ import annotations

from datetime import datetime

from promoter.webhooks.models import EventType
from surveys.answering.forwarding import SETTLE
from surveys.inbox.cases import happened
from surveys.models import Case, CaseEvent, Response
from surveys.telling import tell_cases


def open_case(response: Response, *, now: datetime) -> None:
    """The case of a new or changed answer, open. In the transaction that writes it.

    The rules look at it a minute later, as forwarding does: a comment may still come.
    """
    case, created = Case.objects.get_or_create(
        response=response,
        defaults={
            "account_id": response.account_id,
            "responded_at": response.responded_at,
            "settles_at": now + SETTLE,
        },
    )
    if created:
        return
    row = Case.objects.filter(pk=case.pk)
    row.update(settles_at=now + SETTLE)
    if row.closed().update(closed_at=None):
        happened(case, CaseEvent.Kind.CHANGED, now=now)
        tell_cases([case], event_type=EventType.RESPONSE_STATUS_CHANGED, now=now)
