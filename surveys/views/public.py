"""The respondent's pages: the survey, and the thanks after it.

The signed token in the address is all the proof there is and all that is needed: no
sign-in, no session, no cookie. So there is nothing that another site could ride on, and
the CSRF check, which needs a cookie, is off; a forged POST would need the token itself.

GET and HEAD record no score, whatever the address says: mail scanners open every link.
That they came is noted, to tell their answers from a person's (answering/suspicion.py).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation.trans_real import parse_accept_lang_header
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from campaigns.languages import ENGLISH, Language, find_language, language_of
from campaigns.models import TemplateContent
from campaigns.rendering import contact_values, fill
from promoter.accounts.links import is_allowed
from promoter.lib.signing import read_token
from surveys.answering.opened import Opened, open_survey
from surveys.answering.quarantine import receive_answer
from surveys.answering.visits import note_visit
from surveys.models import Response, Survey, SuspectAnswer
from surveys.nps import SCORES
from surveys.responding import PersonErased
from surveys.views.public_question import about, asking, first_page

SurveyView = Callable[[HttpRequest, Opened], HttpResponse]
TokenView = Callable[[HttpRequest, str], HttpResponse]

# The address holds the token: no other site may learn it, no index keep it.
HEADERS = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}


def survey_of_token(purpose: str) -> Callable[[SurveyView], TokenView]:
    """Give the view the survey that its link opens, or answer in its place; in the
    person's language.

    404 is one constant page for every token that opens nothing; 410 for a person whose
    data was erased.
    """

    def decorate(view: SurveyView) -> TokenView:
        @wraps(view)
        def wrapper(request: HttpRequest, token: str) -> HttpResponse:
            pk = read_token(purpose, token)
            opened = open_survey(pk) if pk is not None else None
            if opened is None:
                with translation.override(browsers_language(request).code):
                    return public_page(request, "not_found", status=404)
            with translation.override(persons_language(opened.survey, opened.words).code):
                return view(request, opened)

        return never_cache(csrf_exempt(wrapper))

    return decorate


def persons_language(survey: Survey, words: TemplateContent) -> Language:
    attributes = survey.contact.attributes if survey.contact else {}
    return language_of(attributes, otherwise=words.language)


def browsers_language(request: HttpRequest) -> Language:
    """The first that the browser names and we have; nothing else says who is there."""
    wanted = parse_accept_lang_header(request.headers.get("Accept-Language", ""))
    found = (find_language(tag) for tag, _ in wanted)
    return next((one for one in found if one), ENGLISH)


def public_page(
    request: HttpRequest,
    name: str,
    context: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    page = render(request, f"surveys/public/{name}.html", context, status=status)
    for header, value in HEADERS.items():
        page.headers[header] = value
    return page


@require_http_methods(["GET", "HEAD", "POST"])
@survey_of_token("survey")
def survey_page(request: HttpRequest, opened: Opened) -> HttpResponse:
    """The question. The mail's link brings the score along; the button sends it."""
    survey, words = opened.survey, opened.words
    if survey.contact is None:
        return public_page(request, "erased", status=410)
    now = timezone.now()
    if now >= survey.closes_at:
        return public_page(request, "closed", about(survey, words), status=410)
    earlier = answer_so_far(opened)
    comment = earlier.comment if earlier else ""
    if request.method == "POST":
        score = score_in(request.POST.get("score"))
        comment = request.POST.get("comment", "")
        if score is not None:
            try:
                receive_answer(survey=survey, score=score, comment=comment, now=now)
            except PersonErased:
                return public_page(request, "erased", status=410)
            # 303: whatever came before, the next request is a GET (RFC 9110 15.4.4).
            thanks = reverse("survey-thanks", args=[survey.token])
            return HttpResponseRedirect(thanks, status=303, headers=HEADERS)
        status = 422
    else:
        score = score_in(request.GET.get("score"))
        status = 200
        note_visit(opened, score=score, now=now)
        if earlier is None:
            html = first_page(survey, words, score=score)
            return HttpResponse(html, headers=HEADERS)
        if score is None:
            score = earlier.score
    context = asking(survey, words) | {
        "score": score,
        "comment": comment,
        # Without words it may be a scanner's press, which the person knows nothing of.
        "earlier": earlier if response_of(survey) or comment else None,
        "is_missing": status == 422,
    }
    return public_page(request, "survey", context, status=status)


@require_safe
@survey_of_token("survey")
def survey_trap(request: HttpRequest, opened: Opened) -> HttpResponse:
    """The link that no person can see. Whoever follows it all the same gets the survey."""
    if opened.survey.contact is not None:
        note_visit(opened, score=None, now=timezone.now(), is_trap=True)
    question_page = reverse("survey", args=[opened.survey.token])
    return HttpResponseRedirect(question_page, headers=HEADERS)


@require_safe
@survey_of_token("survey")
def survey_thanks(request: HttpRequest, opened: Opened) -> HttpResponse:
    """What was recorded, with the way back to change it."""
    survey, words = opened.survey, opened.words
    if survey.contact is None:
        return public_page(request, "erased", status=410)
    response = answer_so_far(opened)
    if response is None:
        question_page = reverse("survey", args=[survey.token])
        return HttpResponseRedirect(question_page, headers=HEADERS)
    is_open = timezone.now() < survey.closes_at
    context = thanking(survey, words, response) | {"is_open": is_open}
    return public_page(request, "thanks", context)


def score_in(text: str | None) -> int | None:
    """0 to 10, written as the page and the mail write it; anything else is no score."""
    return next((score for score in SCORES if str(score) == text), None)


def response_of(survey: Survey) -> Response | None:
    """The answer so far. A survey without one has no such attribute at all."""
    return getattr(survey, "response", None)


def answer_so_far(opened: Opened) -> Response | SuspectAnswer | None:
    """Also one in quarantine: a person who was taken for a machine is thanked all the
    same."""
    response = response_of(opened.survey)
    if response is not None or not opened.is_held:
        return response
    waiting = SuspectAnswer.Status.WAITING
    return opened.survey.suspect_answers.filter(status=waiting).first()


def thanking(
    survey: Survey, words: TemplateContent, answer: Response | SuspectAnswer
) -> dict[str, Any]:
    """The thanks for that answer, filled in for the survey's contact."""
    values = contact_values(
        survey.contact, brand=words.brand, account_name=survey.account.name
    )
    thanks = words.thanks(answer.band)
    hosts = survey.account.link_hosts
    return about(survey, words) | {
        "response": answer,
        "thank_you": fill(thanks.text, values),
        "link": thanks if is_allowed(thanks.link_url, hosts=hosts) else None,
        "wording": words.language,
    }
