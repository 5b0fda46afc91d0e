"""Everything about one person as JSON: GDPR Articles 15 and 20."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from contacts.models import Contact, ContactListMembership, Suppression
from segment_ingest.models import SegmentMessage
from surveys.models import Response, Survey

# A person with more events than that is a machine; the newest are given.
MOST_EVENTS = 10_000


def export_person(*, contact: Contact, now: datetime) -> dict[str, Any]:
    """A document in plain words; times are ISO 8601 in UTC."""
    return {
        "exported_at": _moment(now),
        "contact": {
            "id": contact.pk,
            "user_id": contact.user_id,
            "email": contact.email,
            "first_name": contact.first_name,
            "last_name": contact.last_name,
            "created_at": _moment(contact.created_at),
            "updated_at": _moment(contact.updated_at),
            "attributes": contact.attributes,
            "attribute_times": contact.attribute_times,
            "attribute_sources": contact.attribute_sources,
        },
        "lists": [
            {"name": place.contact_list.name, "added_at": _moment(place.added_at)}
            for place in ContactListMembership.objects.filter(
                contact=contact
            ).select_related("contact_list")
        ],
        "not_mailed": _suppression(contact),
        "surveys": [_survey(survey) for survey in _surveys(contact)],
        "segment_events": _events(contact),
    }


def _surveys(contact: Contact) -> list[Survey]:
    return list(
        Survey.objects.filter(account=contact.account_id, contact=contact)
        .select_related("campaign", "response")
        .prefetch_related("emails", "suspect_answers", "response__changes")
        .order_by("pk")
    )


def _survey(survey: Survey) -> dict[str, Any]:
    response: Response | None = getattr(survey, "response", None)
    return {
        "campaign": survey.campaign.name,
        "triggered_at": _moment(survey.triggered_at),
        "asked_at": _moment(survey.asked_at),
        "not_asked_because": survey.get_skip_reason_display() or None,
        "attributes": survey.attributes,
        "emails": [
            {
                "kind": mail.kind,
                "status": mail.status,
                "due_at": _moment(mail.due_at),
                "sent_at": _moment(mail.sent_at),
            }
            for mail in survey.emails.all()
        ],
        "answer_deleted_at": _moment(survey.answer_deleted_at),
        "response": None
        if response is None
        else {
            "score": response.score,
            "comment": response.comment,
            "responded_at": _moment(response.responded_at),
            "updated_at": _moment(response.updated_at),
            "attributes": response.attributes,
            "before": [
                {"score": change.score, "comment": change.comment}
                for change in response.changes.all()
            ],
        },
        "in_quarantine": [
            {"score": suspect.score, "comment": suspect.comment}
            for suspect in survey.suspect_answers.all()
        ],
    }


def _suppression(contact: Contact) -> dict[str, Any] | None:
    if not contact.address_digest:
        return None
    row = Suppression.objects.filter(
        account=contact.account_id, address_digest=contact.address_digest
    ).first()
    if row is None:
        return None
    return {"reason": row.reason, "note": row.detail, "since": _moment(row.created_at)}


def _events(contact: Contact) -> list[dict[str, Any]]:
    if not contact.user_id:
        return []
    messages = SegmentMessage.objects.filter(account=contact.account_id)
    rows = messages.of_user(contact.user_id).order_by("-id")[:MOST_EVENTS]
    return [
        {
            "message_id": row.message_id,
            "type": row.type,
            "event": row.event or None,
            "timestamp": _moment(row.timestamp),
            "received_at": _moment(row.received_at),
            "outcome": row.get_verdict_display(),
            "body": row.body,
        }
        for row in rows
    ]


def _moment(value: datetime | None) -> str | None:
    return None if value is None else value.astimezone(UTC).isoformat()
