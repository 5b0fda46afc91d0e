"""The language of the application: which one a person reads, on pages and in mail.

settings.LANGUAGES are those whose catalogue has every word of the application; a test
asks for it. What a respondent reads has a rule of its own: campaigns.languages.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language_from_request

from promoter.accounts.models import User

# What programs read stays English, whatever their HTTP library says that it accepts: a
# sentence in a log is searched for by its words.
MACHINES = re.compile(r"/(?:v1|sdk|api|mail/events)(?:/|$)")


class LanguageMiddleware:
    """Speaks with each person in their own language, else in their browser's.

    It is left on afterwards, as Django's own does: a download's rows are written when the
    response has gone out of here. The next request of this thread sets its own.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = settings.LANGUAGE_CODE
        is_asked = not MACHINES.match(request.path_info)
        if is_asked:
            chosen = _own(request) or get_language_from_request(request)
        translation.activate(chosen)
        response = self.get_response(request)
        if is_asked and response.get("Content-Type", "").startswith("text/html"):
            patch_vary_headers(response, ["Accept-Language"])
        return response


def language_for(person: User | None) -> str:
    """What to write to them in: the language they chose, else the one in use here, which
    is their browser's in a request of their own and settings.LANGUAGE_CODE in a worker."""
    return _if_spoken(person.language if person else "") or translation.get_language() or ""


def language_for_address(email: str) -> str:
    """As language_for(), of whoever signs in with this address, if anybody does."""
    return language_for(User.objects.filter(email=email.strip().lower()).first())


def language_for_all(emails: Collection[str]) -> str:
    """What one mail to all of them is in: the language that each of them chose, else as
    for who chose none."""
    addresses = {email.strip().lower() for email in emails}
    people = list(User.objects.filter(email__in=addresses))
    chosen = {person.language for person in people}
    is_one = len(people) == len(addresses) and len(chosen) == 1
    return language_for(people[0] if is_one else None)


def _own(request: HttpRequest) -> str:
    # Who has no session is nobody: their request costs no look at one.
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return ""
    return _if_spoken(getattr(request.user, "language", ""))


def _if_spoken(code: str) -> str:
    """Not one that was chosen when there was a catalogue for it."""
    return code if code in dict(settings.LANGUAGES) else ""
