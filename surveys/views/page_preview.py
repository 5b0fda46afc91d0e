"""A respondent's page as somebody will see it, before anybody is asked.

The page is the real one, from the templates that respondents get. In its frame it may ask
nobody for anything, so its styles and its logo are put into it.
"""

from __future__ import annotations

import re
from pathlib import Path

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils import translation

from campaigns.colours import palette_of
from campaigns.models import TemplateContent
from contacts.models import Contact
from promoter.accounts.models import Account
from surveys.models import Response, Survey
from surveys.nps import Band
from surveys.views.public import persons_language, thanking
from surveys.views.public_question import asking

QUESTION = "survey"
# The score that somebody of the band is shown to have given.
SCORES_SHOWN = {Band.PROMOTER: 10, Band.PASSIVE: 8, Band.DETRACTOR: 3}
PAGES = (QUESTION, *SCORES_SHOWN)

STYLESHEET = re.compile(r'<link rel="stylesheet"[^>]*>\s*')
# Links and forms lead nowhere: there is no survey behind them.
TARGET = re.compile(r'(<a\b[^>]*?\bhref|<form\b[^>]*?\baction)="[^"]*"')


def page_of(
    template: TemplateContent, account: Account, *, page: str, contact: Contact
) -> str:
    """The HTML of one of PAGES for that contact, in their language. Writes nothing."""
    survey = Survey(pk=0, account=account, contact=contact)
    with translation.override(persons_language(survey, template).code):
        if page == QUESTION:
            name, context = "survey", asking(survey, template)
        else:
            answer = Response(score=SCORES_SHOWN[Band(page)])
            context = thanking(survey, template, answer) | {"is_open": True}
            name = "thanks"
        if template.logo:
            context["logo_url"] = template.logo.data_url
        real = render_to_string(f"surveys/public/{name}.html", context)
    html = TARGET.sub(r'\1="#"', STYLESHEET.sub("", real))
    return html.replace("</head>", f"<style>{_styles(template)}</style></head>", 1)


def _styles(template: TemplateContent) -> str:
    """What the page's two stylesheets say: the house's, then the customer's colour."""
    found = finders.find("survey.css")
    assert isinstance(found, str)  # noqa: S101 - for the types
    colours = {"is": palette_of(template.accent)}
    own = render_to_string("surveys/public/colours.css", colours)
    return Path(found).read_text(encoding="utf-8") + own
