"""The languages of survey mail and of the pages behind it.

Not settings.LANGUAGES: those are the languages of the application itself. Whoever adds
one here adds its catalogue in locale/ too (`make messages`); a test asks for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Language:
    """One language, named as its speakers name it and as the application does: `english`
    is in the language of who reads it."""

    code: str
    name: str
    # No part of what it is: to be compared by it would mean to translate it.
    english: str | Promise = field(compare=False)
    is_rtl: bool = False

    @property
    def direction(self) -> str:
        """The `dir` of HTML."""
        return "rtl" if self.is_rtl else "ltr"

    @property
    def label(self) -> str:
        """For who chooses one: everybody finds theirs, and a team can read the others."""
        here = str(self.english)
        return self.name if self.name == here else f"{self.name} ({here})"


ENGLISH = Language("en", "English", _("English"))
LANGUAGES = (
    ENGLISH,
    Language("ar", "العربية", _("Arabic"), is_rtl=True),
    Language("zh-hans", "简体中文", _("Chinese, simplified")),
    Language("zh-hant", "繁體中文", _("Chinese, traditional")),
    Language("cs", "Čeština", _("Czech")),
    Language("da", "Dansk", _("Danish")),
    Language("nl", "Nederlands", _("Dutch")),
    Language("fi", "Suomi", _("Finnish")),
    Language("fr", "Français", _("French")),
    Language("de", "Deutsch", _("German")),
    Language("he", "עברית", _("Hebrew"), is_rtl=True),
    Language("it", "Italiano", _("Italian")),
    Language("ja", "日本語", _("Japanese")),
    Language("ko", "한국어", _("Korean")),
    Language("nb", "Norsk", _("Norwegian")),
    Language("pl", "Polski", _("Polish")),
    Language("pt", "Português", _("Portuguese")),
    Language("pt-br", "Português do Brasil", _("Portuguese, Brazil")),
    Language("es", "Español", _("Spanish")),
    Language("sv", "Svenska", _("Swedish")),
    Language("tr", "Türkçe", _("Turkish")),
)
DEFAULT = ENGLISH.code

# What people call the trait, set on purpose; last what Segment's own clients report.
LANGUAGE_NAMES = ("language", "lang", "locale")

_BY_CODE = {language.code: language for language in LANGUAGES}
_OTHER_CODES = {
    "zh": "zh-hans",
    "zh-tw": "zh-hant",
    "zh-hk": "zh-hant",
    "zh-mo": "zh-hant",
    "no": "nb",
    "nn": "nb",
    "iw": "he",
}
# Longer ones than BCP 47 asks programs to take are cut off.
_MAX_TAG = 35


def language_choices() -> tuple[tuple[str, str], ...]:
    """As a function, so that a new language needs no migration."""
    return tuple((language.code, language.label) for language in LANGUAGES)


def language_of(attributes: Mapping[str, Any], *, otherwise: str = DEFAULT) -> Language:
    """What a person with these attributes reads, else the language otherwise named."""
    named = (find_language(attributes.get(name)) for name in LANGUAGE_NAMES)
    found = next((language for language in named if language is not None), None)
    return found or find_language(otherwise) or ENGLISH


def find_language(tag: object) -> Language | None:
    """The language of a tag such as `de`, `de-AT`, `pt_BR` or `sv_SE.UTF-8`, as close as
    there is one; None where there is none."""
    if not isinstance(tag, str):
        return None
    plain = tag.strip()[:_MAX_TAG].lower().replace("_", "-")
    words = plain.partition(".")[0].partition("@")[0].split("-")
    for end in range(len(words), 0, -1):
        code = "-".join(words[:end])
        language = _BY_CODE.get(_OTHER_CODES.get(code, code))
        if language is not None:
            return language
    return None
