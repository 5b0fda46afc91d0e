"""The first words of a new template, in each language of the respondents."""

from __future__ import annotations

from django.utils import translation
from django.utils.translation import gettext

from campaigns.colours import DEFAULT_ACCENT
from campaigns.languages import ENGLISH, Language
from promoter.accounts.models import Account


def starter(account: Account, language: Language = ENGLISH) -> dict[str, str]:
    """A first wording in that language, which may go out as it is."""
    with translation.override(language.code):
        return {
            "brand": account.name,
            "from_name": account.name,
            "language": language.code,
            "accent": DEFAULT_ACCENT,
            "subject": gettext("How do you find {{ brand }}?"),
            "preheader": gettext("One click, and you are done."),
            "intro": gettext(
                'Hi {{ contact.first_name|default:"there" }},\n\n'
                "we would like to know how you find {{ brand }}."
            ),
            "thank_you": gettext("Thank you for taking the time."),
        }
