"""The two ways out: the mail program's one click (RFC 8058), and a page with a button.

Both need nothing but the signed token in the address, as in surveys.views.public; a mail
program that acts for its user has no cookie to show, so the CSRF check is off here too.
GET and HEAD only show the page.
"""

from __future__ import annotations

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from contacts.models import Suppression
from surveys.answering.opened import Opened
from surveys.models import Survey
from surveys.unsubscribing import unsubscribe
from surveys.views.public import public_page, survey_of_token


@require_http_methods(["GET", "HEAD", "POST"])
@survey_of_token("unsubscribe")
def unsubscribe_page(request: HttpRequest, opened: Opened) -> HttpResponse:
    """One press and it is done. Pressing again, or by both ways, changes nothing."""
    survey = opened.survey
    if request.method == "POST":
        unsubscribe(survey=survey, now=timezone.now())
        if is_one_click(request):
            # RFC 8058 3.1: no redirect, and nobody reads a body.
            return HttpResponse(content_type="text/plain")
        return public_page(request, "unsubscribed", {"survey": survey})
    if is_unsubscribed(survey):
        return public_page(request, "unsubscribed", {"survey": survey})
    address = masked(survey.contact.email) if survey.contact else ""
    return public_page(request, "unsubscribe", {"survey": survey, "address": address})


def is_one_click(request: HttpRequest) -> bool:
    """Whether a mail program sent the form of RFC 8058, in either of its encodings.

    The person is out in any case: a body that can't be read changes the answer's look.
    """
    try:
        return request.POST.get("List-Unsubscribe") == "One-Click"
    except (MultiPartParserError, SuspiciousOperation):
        return False


def is_unsubscribed(survey: Survey) -> bool:
    digest = survey.contact.address_digest if survey.contact else survey.address_digest
    reasons = Suppression.objects.reasons(account=survey.account, digests=[digest])
    return reasons.get(digest) in {
        Suppression.Reason.UNSUBSCRIBED,
        Suppression.Reason.ERASED,
    }


def masked(email: str) -> str:
    """Enough for its owner to know it by: who was forwarded the mail learns no address."""
    name, _, domain = email.rpartition("@")
    return f"{name[:1]}•••@{domain}" if name else ""
