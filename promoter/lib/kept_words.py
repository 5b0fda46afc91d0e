"""Sentences that were kept in English, their places filled, in the language of who reads
them. They are written when nobody is there to read, or for readers of several languages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from django.utils.formats import number_format
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext, pgettext

# Of labels: what marks them beside their words.
CONTEXTS = ("condition",)
_NO_DIGIT = re.compile(r"\D")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A message as catalogues have it; `many` is its plural, chosen by the number in the
    place `count`. What fills a place of `inside` is one of those sentences itself."""

    one: str
    many: str = ""
    count: str = ""
    inside: Mapping[str, tuple[Sentence, ...]] = field(default_factory=dict)

    def read(self, text: str) -> str | None:
        """The text again, if this is what it was made of."""
        found = _found(self.one, text) or (self.many and _found(self.many, text))
        if not found:
            return None
        filled = {
            name: read_again(value, self.inside.get(name, ()))
            for name, value in found.groupdict().items()
        }
        if not self.count:
            return gettext(self.one) % filled
        digits = _NO_DIGIT.sub("", filled[self.count])
        if not digits:
            return None
        number = int(digits)
        filled[self.count] = number_format(number, force_grouping=True)
        return ngettext(self.one, self.many, number) % filled


def read_again(text: str, sentences: Iterable[Sentence] = ()) -> str:
    """The text in the language that is on, by the first of these that it was made of, or
    whole; as it is where it is nothing of ours."""
    if (said := _whole(text)) is not None:
        return said
    for sentence in sentences:
        if (again := sentence.read(text)) is not None:
            return again
    return text


def _whole(text: str) -> str | None:
    """A label may be a model's name of a field, which forms begin with a capital."""
    for message in (text, text[:1].lower() + text[1:]) if text else ():
        for said in (gettext(message), *(pgettext(each, message) for each in CONTEXTS)):
            if said != message:
                return said if message == text else capfirst(said)
    return None


def _found(pattern: str, text: str) -> re.Match[str] | None:
    return compiled(pattern).fullmatch(text)


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """What the pattern has become after its places were filled."""
    parts = re.split(r"%\((\w+)\)s", pattern.replace("%%", "%"))
    texts, names = parts[::2], parts[1::2]
    filled = [f"(?P<{name}>.+)" for name in names] + [""]
    found = (re.escape(text) + name for text, name in zip(texts, filled, strict=True))
    return re.compile("".join(found), re.DOTALL)
