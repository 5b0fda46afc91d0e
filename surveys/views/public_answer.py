"""What is kept of one's answer: see it, take it along, delete it.

The token is the survey's, so the page is about this survey alone: whoever was forwarded
the mail must not learn what else the person said, or what else is known of them. It stays
open after the survey has closed. GET and HEAD delete nothing; as in surveys.views.public,
the token stands in the place of a CSRF check.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from campaigns.rendering import question
from surveys.answering.deleting import delete_answer
from surveys.answering.opened import Opened
from surveys.models import Response, ResponseChange, Survey, SuspectAnswer
from surveys.views.public import (
    HEADERS,
    public_page,
    response_of,
    survey_of_token,
)
from surveys.views.public_question import about

# What a person overwrote or a machine pressed may be much; the newest is shown.
MOST_SHOWN = 50


@require_safe
@survey_of_token("survey")
def answer_page(request: HttpRequest, opened: Opened) -> HttpResponse:
    survey, words = opened.survey, opened.words
    if survey.contact is None:
        return public_page(request, "erased", status=410)
    context = about(survey, words) | {
        "response": response_of(survey),
        "changes": changes_of(survey),
        "held": set_aside(survey),
        "is_open": timezone.now() < survey.closes_at,
        "reply_to": words.reply_to,
    }
    return public_page(request, "answer", context)


@require_safe
@survey_of_token("survey")
def answer_file(request: HttpRequest, opened: Opened) -> HttpResponse:
    """The same as JSON; times are ISO 8601 in UTC."""
    survey, words = opened.survey, opened.words
    if survey.contact is None:
        return public_page(request, "erased", status=410)
    response = response_of(survey)
    document = {
        "question": question(words),
        "asked_by": survey.account.name,
        "asked_at": survey.asked_at,
        "answer": response
        and said(response)
        | {"answered_at": response.responded_at, "changed_at": response.updated_at},
        "before": [
            said(change) | {"replaced_at": change.changed_at}
            for change in changes_of(survey)
        ],
        "set_aside": [
            said(suspect) | {"answered_at": suspect.answered_at}
            for suspect in set_aside(survey)
        ],
        "deleted_at": survey.answer_deleted_at,
    }
    disposition = 'attachment; filename="answer.json"'
    return JsonResponse(
        document,
        headers=HEADERS | {"Content-Disposition": disposition},
        json_dumps_params={"ensure_ascii": False, "indent": 2},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@survey_of_token("survey")
def answer_delete(request: HttpRequest, opened: Opened) -> HttpResponse:
    """GET asks once more; POST deletes. Deleting what isn't there changes nothing."""
    survey, words = opened.survey, opened.words
    if survey.contact is None:
        return public_page(request, "erased", status=410)
    if request.method == "POST":
        delete_answer(survey=survey, now=timezone.now())
    elif response_of(survey) or set_aside(survey):
        return public_page(request, "answer_delete", about(survey, words))
    page = reverse("survey-answer", args=[survey.token])
    return HttpResponseRedirect(page, status=303, headers=HEADERS)


def changes_of(survey: Survey) -> list[ResponseChange]:
    response = response_of(survey)
    return list(response.changes.all()[:MOST_SHOWN]) if response else []


def set_aside(survey: Survey) -> list[SuspectAnswer]:
    """Answers in quarantine, and those that were taken for a machine's."""
    kept_apart = [SuspectAnswer.Status.WAITING, SuspectAnswer.Status.DROPPED]
    return list(survey.suspect_answers.filter(status__in=kept_apart)[:MOST_SHOWN])


def said(answer: Response | ResponseChange | SuspectAnswer) -> dict[str, Any]:
    return {"score": answer.score, "comment": answer.comment}
