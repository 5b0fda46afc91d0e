"""Logos, as mail programs and survey pages fetch them."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from campaigns.logos import Logo

HEADERS = {
    # The address is made of the content: another image has another address.
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    # Mail is read on other people's pages.
    "Cross-Origin-Resource-Policy": "cross-origin",
}


@require_safe
def logo(request: HttpRequest, digest: str, ending: str) -> HttpResponse:
    """The image whose content has that digest, whosever it is."""
    found = Logo.objects.filter(digest=digest).first()
    if found is None:
        raise Http404
    return HttpResponse(
        bytes(found.content), content_type=found.content_type, headers=HEADERS
    )
