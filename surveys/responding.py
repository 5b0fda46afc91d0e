"""Take a person's answer."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from campaigns.rendering import clean_text
from surveys.answering.evidence import mail_arrived
from surveys.answering.forwarding import plan_forward
from surveys.answering.superseding import figures_changed
from surveys.digests.alerting import note_answer
from surveys.inbox.opening import open_case
from surveys.models import Response, ResponseChange, Survey, SurveyEmail
from surveys.nps import band
from surveys.stopping import call_off
from surveys.telling import tell_response

MAX_COMMENT_LENGTH = 5000
ANSWERED = "Answered"


class PersonErased(Exception):
    """There is nobody any more whose answer it could be."""


def record_response(*, survey: Survey, score: int, comment: str, now: datetime) -> Response:
    """Keep the answer; a later one replaces score and comment of an earlier one.

    `responded_at` and the contact's attributes stay those of the first answer, so that a
    change of mind doesn't move it to another month or group. No mail of the survey that
    still waits goes out. Raises ValueError for a score that is not 0 to 10, PersonErased
    when the person was erased while the page stood open.
    """
    band(score)
    comment = clean_comment(comment)
    with transaction.atomic():
        # Erasing takes this lock too: it either finds this answer or is found here.
        survey = (
            Survey.objects.select_for_update(of=("self",), no_key=True)
            .select_related("contact", "campaign", "account")
            .get(pk=survey.pk)
        )
        if survey.contact is None:
            raise PersonErased
        response, created = Response.objects.get_or_create(
            survey=survey,
            defaults={
                "account_id": survey.account_id,
                "campaign_id": survey.campaign_id,
                "contact": survey.contact,
                "score": score,
                "comment": comment,
                "attributes": survey.contact.attributes,
                "responded_at": now,
                "updated_at": now,
            },
        )
        changed = created
        if not created:
            response, changed = _replace(response, score=score, comment=comment, now=now)
        if changed:
            figures_changed(response, survey=survey, created=created, now=now)
            tell_response(response, survey=survey, created=created)
            open_case(response, now=now)
            plan_forward(response, campaign=survey.campaign, now=now)
            note_answer(response, created=created, now=now)
        # One that is being handed over can't be called back.
        call_off(SurveyEmail.objects.filter(survey=survey), why=ANSWERED, now=now)
        # Then: one that was to go once more is uncertain now, and has arrived.
        mail_arrived(survey=survey, now=now)
    return response


def clean_comment(comment: str) -> str:
    """As it may be stored and shown; what exceeds the page's own limit is cut off."""
    return clean_text(comment).strip()[:MAX_COMMENT_LENGTH]


def _replace(
    response: Response, *, score: int, comment: str, now: datetime
) -> tuple[Response, bool]:
    """The row, locked: of two answers at once, the later stays whole. Was it changed?

    A button pressed twice says nothing new. What it said before is kept beside it.
    """
    response = Response.objects.select_for_update().get(pk=response.pk)
    if (response.score, response.comment) == (score, comment):
        return response, False
    ResponseChange.objects.create(
        account_id=response.account_id,
        response=response,
        score=response.score,
        comment=response.comment,
        changed_at=now,
    )
    response.score, response.comment, response.updated_at = score, comment, now
    response.save(update_fields=["score", "comment", "updated_at"])
    return response, True
