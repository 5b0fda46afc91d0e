"""Delete an answer because the person who gave it wants it gone."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from surveys.answering.superseding import keep_latest
from surveys.daily_sums.rolling_up import mark_changed
from surveys.models import Response, Survey, SurveyEmail
from surveys.stopping import call_off
from surveys.telling import forget_told, tell_response_deleted

DELETED = "Answer deleted by the respondent"


def delete_answer(*, survey: Survey, now: datetime) -> bool:
    """Whether there was one. Score, words, all they were before and what waits in
    quarantine go, with what was still to be told of them; the survey remembers when.

    No reminder of it goes out: whoever takes an answer back has heard the question. Mail
    that was forwarded and calls that were made before can't be called back.
    """
    with transaction.atomic():
        # Answering takes this lock too: it either finds nothing left or comes after.
        survey = (
            Survey.objects.select_for_update(of=("self",), no_key=True)
            .select_related("contact", "campaign", "account")
            .get(pk=survey.pk)
        )
        response = Response.objects.filter(survey=survey).first()
        suspects, _ = survey.suspect_answers.all().delete()
        if response is None and not suspects:
            return False
        if response is not None:
            forget_told(response)
            tell_response_deleted(response, survey=survey, now=now)
            response.delete()
            mark_changed(
                account=survey.account,
                at=[response.responded_at],
                asked_at=[survey.asked_at],
                now=now,
            )
            if survey.contact is not None:
                keep_latest(contact=survey.contact, now=now)
        call_off(SurveyEmail.objects.filter(survey=survey), why=DELETED, now=now)
        survey.answer_deleted_at = now
        survey.save(update_fields=["answer_deleted_at"])
    return True
