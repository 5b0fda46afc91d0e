"""What other systems are told of answers and of people who want no more.

The shapes are a promise to receivers: fields may be added, none is taken away or renamed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from contacts.models import Contact
from promoter.webhooks.models import Delivery, Endpoint, EventType
from promoter.webhooks.outbox import enqueue, enqueue_all
from surveys.models import Case, Response, Survey

# Standard Webhooks asks for less than 20 KB in all; the words may take most of it.
MAX_ATTRIBUTES_BYTES = 8_000


def tell_response(response: Response, *, survey: Survey, created: bool) -> None:
    """Somebody answered, or changed their answer. In the caller's transaction."""
    event = EventType.RESPONSE_CREATED if created else EventType.RESPONSE_UPDATED
    enqueue(
        account=survey.account,
        event_type=event,
        payload={
            "response": {
                "id": response.pk,
                "score": response.score,
                "band": response.band.value,
                "comment": response.comment,
                "responded_at": _instant(response.responded_at),
                "updated_at": _instant(response.updated_at),
                "attributes": _attributes(response.attributes),
            },
            "survey": {"id": survey.pk, "trigger_id": survey.trigger_id},
            "campaign": {"id": survey.campaign_id, "name": survey.campaign.name},
            "contact": _contact(survey.contact),
        },
        now=response.updated_at,
    )


def tell_response_deleted(response: Response, *, survey: Survey, now: datetime) -> None:
    """Somebody deleted their answer: which one, and not what it was. In the caller's
    transaction."""
    enqueue(
        account=survey.account,
        event_type=EventType.RESPONSE_DELETED,
        payload={
            "response": {"id": response.pk},
            "survey": {"id": survey.pk, "trigger_id": survey.trigger_id},
            "campaign": {"id": survey.campaign_id, "name": survey.campaign.name},
            "contact": _contact(survey.contact),
        },
        now=now,
    )


def tell_cases(cases: Sequence[Case], *, event_type: EventType, now: datetime) -> None:
    """What became of these answers of one account. In the caller's transaction."""
    if not cases:
        return
    account = cases[0].account
    if not Endpoint.objects.wanting(event_type, account=account):
        return
    told = Case.objects.filter(pk__in=[case.pk for case in cases])
    related = told.select_related("response__survey__campaign", "response__survey__contact")
    payloads = [_case(case) for case in related.prefetch_related("tags")]
    enqueue_all(account=account, event_type=event_type, payloads=payloads, now=now)


def forget_told(response: Response) -> None:
    """Remove what tells of that answer, delivered or not; the mark is the exact text that
    `tell_response` makes."""
    mark = f'"response":{{"id":{response.pk},'
    Delivery.objects.filter(account=response.account_id, payload__contains=mark).delete()


def tell_unsubscribed(survey: Survey, *, now: datetime) -> None:
    """Somebody wants no more surveys. In the caller's transaction."""
    enqueue(
        account=survey.account,
        event_type=EventType.CONTACT_UNSUBSCRIBED,
        payload={
            "contact": _contact(survey.contact),
            "survey": {"id": survey.pk},
            "campaign": {"id": survey.campaign_id, "name": survey.campaign.name},
        },
        now=now,
    )


def _case(case: Case) -> dict[str, Any]:
    survey = case.response.survey
    return {
        "response": {
            "id": case.pk,
            "status": case.status,
            "tags": [tag.name for tag in case.tags.all()],
        },
        "survey": {"id": survey.pk, "trigger_id": survey.trigger_id},
        "campaign": {"id": survey.campaign_id, "name": survey.campaign.name},
        "contact": _contact(survey.contact),
    }


def _contact(contact: Contact | None) -> dict[str, Any] | None:
    """None for a person who was erased."""
    if contact is None:
        return None
    return {
        "id": contact.pk,
        "user_id": contact.user_id,
        "email": contact.email,
        "first_name": contact.first_name,
        "last_name": contact.last_name,
    }


def _attributes(attributes: dict[str, Any]) -> dict[str, Any] | None:
    """As at the answer; None when they would make the message too large."""
    size = len(json.dumps(attributes, ensure_ascii=False).encode())
    return attributes if size <= MAX_ATTRIBUTES_BYTES else None


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds")
