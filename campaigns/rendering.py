"""Fill the placeholders of texts that customers write.

`{{ contact.first_name|default:"there" }}` takes a name from a flat set of texts, and that
is all it can do: no tags, no filters, no way from a name to an object. Whoever may edit a
mail may not thereby run code or read other data on the server.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext

from campaigns.models import TemplateContent
from contacts.models import Contact

MAX_OUTPUT = 200_000
"""Characters that one filled text may have; what exceeds it is cut off."""

SAMPLE = Contact(first_name="Ada", last_name="Lovelace", email="ada@example.com")
"""Who is written to where no contact was chosen: nobody's, so never saved."""

KNOWN = (
    "contact.first_name",
    "contact.last_name",
    "contact.name",
    "contact.email",
    "brand",
    "account.name",
)
ATTRIBUTE = "attribute."

# Every quantifier is bounded or possessive: reading takes linear time on any text.
_PLACEHOLDER = re.compile(
    r"""\{\{([^|{}"'\r\n]{1,150}+)"""
    r"""(?:\|\s{0,10}+default\s{0,10}+:\s{0,10}+"""
    r"""(?:"([^"\r\n]{0,200}+)"|'([^'\r\n]{0,200}+)')\s{0,10}+)?\}\}"""
)
_BRACES = re.compile(r"\{\{[^{}]{0,200}+\}\}")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_HALF_SURROGATES = re.compile(r"[\ud800-\udfff]")
# Text after one of these reads backwards: a subject could show what it doesn't say.
_BIDI_CONTROLS = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_LINE_ENDS = re.compile(r"[\r\n\u2028\u2029\x0b\x0c\x85]+")


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A place in a text, to be filled with the value of that name or else the default."""

    name: str
    default: str = ""

    def value(self, values: Mapping[str, str]) -> str:
        """What stands there for these values; blank counts as missing."""
        found = values.get(self.name, "")
        return found if found.strip() else self.default


Parts = tuple[str | Placeholder, ...]


def parse(text: str) -> Parts:
    """Literal texts and placeholders, in order. What isn't a placeholder stays text."""
    parts: list[str | Placeholder] = []
    end = 0
    for match in _PLACEHOLDER.finditer(text):
        if match.start() > end:
            parts.append(text[end : match.start()])
        name, double, single = match.groups()
        parts.append(Placeholder(name.strip(), double or single or ""))
        end = match.end()
    if end < len(text):
        parts.append(text[end:])
    return tuple(parts)


def join(parts: Parts, values: Mapping[str, str], escape: Callable[[str], str]) -> str:
    """The parts with escaped values in their places, never over MAX_OUTPUT.

    Only values are cut: the literal parts may be markup that must stay whole.
    """
    room = MAX_OUTPUT - sum(len(part) for part in parts if isinstance(part, str))
    pieces: list[str] = []
    for part in parts:
        if isinstance(part, str):
            pieces.append(part)
            continue
        piece = escape(part.value(values)[: max(room, 0)])
        if len(piece) > room:
            room = 0
            continue
        room -= len(piece)
        pieces.append(piece)
    return "".join(pieces)


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders replaced; plain text in, plain text out."""
    return join(parse(text[:MAX_OUTPUT]), values, clean_text)


def unknown_placeholders(text: str) -> list[str]:
    """What stands in double braces and would stay empty or stay as it is, once each."""
    found: list[str] = []
    for part in parse(text):
        if isinstance(part, Placeholder):
            attribute = part.name.startswith(ATTRIBUTE) and len(part.name) > len(ATTRIBUTE)
            if not attribute and part.name not in KNOWN:
                found.append(part.name)
        else:
            found += [braces.strip("{} ") for braces in _BRACES.findall(part)]
    return list(dict.fromkeys(found))


def clean_text(value: str) -> str:
    """The value without what no mail or database takes: controls, half surrogates."""
    return _CONTROLS.sub("", _HALF_SURROGATES.sub("\ufffd", value))


def header_text(value: str) -> str:
    """The value as one line that can end no header and start no other."""
    one_line = _BIDI_CONTROLS.sub("", _LINE_ENDS.sub(" ", value))
    return " ".join(clean_text(one_line).split())


def question(template: TemplateContent) -> str:
    """The one question of the mail and of the page, in the language that is on."""
    asked = gettext("How likely are you to recommend %(brand)s to a friend or colleague?")
    return asked % {"brand": template.brand}


def contact_values(
    contact: Contact | None, *, brand: str, account_name: str
) -> dict[str, str]:
    """What the placeholders stand for. Without a contact only brand and account do."""
    values = {"brand": brand, "account.name": account_name}
    if contact is None:
        return values
    values |= {
        f"{ATTRIBUTE}{key}": _as_text(value) for key, value in contact.attributes.items()
    }
    return values | {
        "contact.first_name": contact.first_name,
        "contact.last_name": contact.last_name,
        "contact.name": contact.name,
        "contact.email": contact.email,
    }


def sample_subject(template: TemplateContent, *, account_name: str) -> str:
    """The subject as the made-up contact would read it."""
    values = contact_values(SAMPLE, brand=template.brand, account_name=account_name)
    return header_text(fill(template.subject, values))


def _as_text(value: object) -> str:
    """A trait as a person would read it; nested ones have no such form."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if isinstance(value, (str, int, float)) else ""
