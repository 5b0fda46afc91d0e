"""The languages of survey mail and of the pages behind it.

Not settings.LANGUAGES: those are the languages of the application itself. Whoever adds
one here adds its catalogue in locale/ too (`make messages`); a test asks for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Language:
    """One language, named as its speakers name it and as the application does."""

    code: str
    name: str
    english: str
    is_rtl: bool = False

    @property
    def direction(self) -> str:
        """The `dir` of HTML."""
        return "rtl" if self.is_rtl else "ltr"

    @property
    def label(self) -> str:
        """For who chooses one: everybody finds theirs, and a team can read the others."""
        return self.name if self.name == self.english else f"{self.name} ({self.english})"


ENGLISH = Language("en", "English", "English")
LANGUAGES = (
    ENGLISH,
    Language("ar", "العربية", "Arabic", is_rtl=True),
    Language("zh-hans", "简体中文", "Chinese, simplified"),
    Language("zh-hant", "繁體中文", "Chinese, traditional"),
    Language("cs", "Čeština", "Czech"),
    Language("da", "Dansk", "Danish"),
    Language("nl", "Nederlands", "Dutch"),
    Language("fi", "Suomi", "Finnish"),
    Language("fr", "Français", "French"),
    Language("de", "Deutsch", "German"),
    Language("he", "עברית", "Hebrew", is_rtl=True),
    Language("it", "Italiano", "Italian"),
    Language("ja", "日本語", "Japanese"),
    Language("ko", "한국어", "Korean"),
    Language("nb", "Norsk", "Norwegian"),
    Language("pl", "Polski", "Polish"),
    Language("pt", "Português", "Portuguese"),
    Language("pt-br", "Português do Brasil", "Portuguese, Brazil"),
    Language("es", "Español", "Spanish"),
    Language("sv", "Svenska", "Swedish"),
    Language("tr", "Türkçe", "Turkish"),
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
