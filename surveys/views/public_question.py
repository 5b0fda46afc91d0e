"""The question's page for who has not answered yet: nearly everybody who comes.

It is the same for all of a campaign who read one language, but for the links in it. So it
is written once, for a survey that nobody has, and gets the links of whoever comes. What it
shows makes up its name among those that are kept, so none is ever out of date.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from campaigns.models import EmailTemplate, Logo, TemplateContent
from campaigns.rendering import question
from promoter.accounts.models import Account
from surveys.models import Survey
from surveys.nps import SCORES
from surveys.responding import MAX_COMMENT_LENGTH
from surveys.views.public_look import colours_url

TEMPLATE = "surveys/public/survey.html"
# No survey gets so far. Who knows its tokens could write links, and nobody can.
NOBODYS = 2**62
# 4 KB each.
MOST_KEPT = 1024
LOGO_COLUMNS = ("digest", "content_type", "width", "height", "plate")


def about(survey: Survey, words: TemplateContent) -> dict[str, Any]:
    """What every page about a survey shows of it."""
    return {
        "survey": survey,
        "brand": words.brand,
        "question": question(words),
        "colours_url": colours_url(words.accent),
        "logo": words.logo,
        "logo_url": words.logo.path if words.logo else "",
        "unsubscribe_url": reverse("unsubscribe", args=[survey.unsubscribe_token]),
    }


def asking(survey: Survey, words: TemplateContent) -> dict[str, Any]:
    """The question's page, before anything is chosen on it."""
    return about(survey, words) | {
        "scores": SCORES,
        "max_comment_length": MAX_COMMENT_LENGTH,
    }


def first_page(survey: Survey, words: TemplateContent, *, score: int | None) -> str:
    """Its HTML in the language that is on, with that score chosen."""
    page = _page(
        translation.get_language() or "",
        survey.account.name,
        words.brand,
        words.accent,
        tuple(getattr(words.logo, name) for name in LOGO_COLUMNS) if words.logo else None,
        score,
    )
    # Tokens are letters, digits, dashes: nothing that HTML would take for its own.
    return page.html.replace(page.token, survey.token).replace(
        page.unsubscribe_token, survey.unsubscribe_token
    )


class _Page(NamedTuple):
    """The page, and what in it are the stand-ins for a survey's tokens."""

    html: str
    token: str
    unsubscribe_token: str


@lru_cache(maxsize=MOST_KEPT)
def _page(
    language: str,
    account: str,
    brand: str,
    accent: str,
    logo: tuple[Any, ...] | None,
    score: int | None,
) -> _Page:
    """`language` is the one that is on; it must be among what the page is kept by."""
    picture = Logo(**dict(zip(LOGO_COLUMNS, logo, strict=True))) if logo else None
    words = EmailTemplate(brand=brand, accent=accent, logo=picture)
    survey = Survey(pk=NOBODYS, account=Account(name=account))
    html = render_to_string(TEMPLATE, asking(survey, words) | {"score": score})
    return _Page(html, survey.token, survey.unsubscribe_token)
