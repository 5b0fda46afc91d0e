"""The customer's colour on the respondent's pages, as a stylesheet of its own.

The pages' policy allows no style inside them, and a colour in the address needs no look
at the database: whoever asks for another colour gets a few lines of CSS.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_safe

from campaigns.colours import DEFAULT_ACCENT, palette_of

# Part of the address: browsers keep an answer for a year, so another rule of mixing, or
# another set of names, needs another number.
EDITION = 1
FOR_EVER = "public, max-age=31536000, immutable"


@require_safe
def colours(request: HttpRequest, edition: str, accent: str) -> HttpResponse:
    css = render_to_string("surveys/public/colours.css", {"is": palette_of(f"#{accent}")})
    return HttpResponse(css, content_type="text/css", headers={"Cache-Control": FOR_EVER})


def colours_url(accent: str) -> str:
    """Empty for the colour that the pages have of themselves."""
    if accent == DEFAULT_ACCENT:
        return ""
    return reverse("survey-colours", args=[EDITION, accent.removeprefix("#")])
