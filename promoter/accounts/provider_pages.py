"""What somebody sees whom the OpenID Connect provider did not bring in: what happened, and
the ways on, to where they wanted."""

from __future__ import annotations

from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from requests import HTTPError, JSONDecodeError, RequestException

# Kept in the session while the person is at the provider: what comes back may lack it.
WANTED = "wanted_of_provider"
STATUSES = {"away": HTTPStatus.SERVICE_UNAVAILABLE, "wrong": HTTPStatus.BAD_GATEWAY}


def not_in(request: HttpRequest, why: str) -> HttpResponse:
    """`why` is unknown, unconfirmed, declined, late, away or wrong."""
    context = {
        "why": why,
        "provider": settings.OIDC_NAME,
        "next": request.session.get(WANTED, ""),
    }
    status = STATUSES.get(why, HTTPStatus.FORBIDDEN)
    return render(request, "accounts/provider_refused.html", context, status=status)


def away_or_wrong(error: Exception) -> str:
    """Which of them a failed call of the provider shows: it gave no answer, or none that
    says what it should. One that says it is at fault itself is away."""
    if isinstance(error, HTTPError) and error.response is not None:
        return "away" if error.response.status_code >= 500 else "wrong"
    is_away = isinstance(error, RequestException) and not isinstance(error, JSONDecodeError)
    return "away" if is_away else "wrong"
