"""What a person sees when a page breaks on our side, or takes less than they sent."""

from __future__ import annotations

import sys

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.defaults import bad_request, server_error

from promoter.lib.database_faults import is_away

RETRY_SECONDS = 10


def broken(request: HttpRequest) -> HttpResponse:
    """500, or 503 while the database is away, which passes.

    Without the request: whose page it is can't be asked now.
    """
    if not is_away(sys.exc_info()[1]):
        return server_error(request)
    page = render_to_string("503.html", {"here": request.get_full_path()})
    return HttpResponse(page, status=503, headers={"Retry-After": str(RETRY_SECONDS)})


def unreadable(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, or 413 for a form that holds more than DATA_UPLOAD_MAX_MEMORY_SIZE."""
    if not isinstance(exception, RequestDataTooBig | TooManyFieldsSent):
        return bad_request(request, exception)
    return HttpResponse(render_to_string("413.html"), status=413)
