"""A language in which every translated text stands in brackets, and who reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from django.template.base import Lexer, TokenType
from django.utils.translation import trans_real

OPEN, SHUT = "⟦", "⟧"
CODE = "de"
"""The pseudo language takes this one's place, and so has its numbers and dates."""


class Brackets(trans_real.DjangoTranslation):
    """A catalogue that has a translation for everything."""

    def __init__(self) -> None:
        super().__init__(CODE)

    def gettext(self, message: str) -> str:
        return f"{OPEN}{message.rpartition(trans_real.CONTEXT_SEPARATOR)[2]}{SHUT}"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


# Addresses, and places for a contact's values.
NO_WORDS = re.compile(r"\{\{.*?\}\}|https?://\S*|\S+@[\w.-]+|www\.\S+")
# What is called the same in every language.
NAMES = {
    "pending",
    "Promoter",
    "Segment",
    "curl",
    "CSV",
    "SVG",
    "JSON Lines",
    "UTC",
    "NPS",
    "DKIM",
    "SPF",
    "DMARC",
    "API",
    "Python",
    "Node",
    "Ruby",
    "Destination function",
}
# Whose words nobody translates: code, what a customer wrote, addresses, names.
SILENT_TAGS = {"code", "pre", "script", "style", "textarea", "kbd", "samp"}
SPOKEN_ATTRIBUTES = {"aria-label", "aria-description", "title", "placeholder", "alt"}
# The last two are for scripts that say them.
SPOKEN_ATTRIBUTES |= {"label", "data-colour", "data-copied", "data-keep"}
BLOCKS = {"p", "li", "td", "th", "dt", "dd", "h1", "h2", "h3", "h4", "div", "section"}
BLOCKS |= {"article", "form", "table", "header", "nav", "main", "fieldset", "legend"}
BLOCKS |= {"label", "button", "option", "summary", "title", "text"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "wbr"}


class Reader(HTMLParser):
    """Yields what a person reads of a page and nobody translated."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = 0
        self.silent: list[str] = []
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        if self.silent:
            if tag not in VOID:
                self.silent.append(tag)
            return
        for name in SPOKEN_ATTRIBUTES & named.keys():
            self.hear(named[name])
        if tag == "input" and named.get("type") in {"submit", "button"}:
            self.hear(named.get("value", ""))
        is_other = named.get("translate") == "no" or "lang" in named and tag != "html"
        if tag not in VOID and (tag in SILENT_TAGS or is_other):
            self.silent.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.silent:
            self.silent.pop()
        elif tag in BLOCKS and self.depth:
            self.found.append(f"cut off before </{tag}>")
            self.depth = 0

    def handle_data(self, data: str) -> None:
        if not self.silent:
            before = self.depth
            self.found.extend(outside(data, before))
            self.depth = max(0, before + data.count(OPEN) - data.count(SHUT))

    def hear(self, text: str) -> None:
        # An attribute inside a translated sentence was translated with it.
        self.found.extend(outside(text, self.depth))


def outside(text: str, depth: int = 0) -> Iterator[str]:
    """The pieces with letters in them that stand in no brackets."""
    piece = ""
    for character in f"{text}{OPEN}":
        if character == OPEN:
            words = " ".join(NO_WORDS.sub(" ", piece).split())
            if depth == 0 and re.search(r"[^\W\d_]{2}", words) and words not in NAMES:
                yield words
            depth, piece = depth + 1, ""
        elif character == SHUT:
            depth, piece = max(0, depth - 1), ""
        else:
            piece += character


def untranslated(html: str) -> list[str]:
    reader = Reader()
    reader.feed(html)
    return reader.found


# What an include or a filter is given to show.
SHOWN = re.compile(
    r"""(?:\b(?:title|text|label|lede|note|action|\w+_label)=|\|(?:default|yesno|add):)"""
    r"""(["'])(?=[^"']*[^\W\d_]{2})([^"']*)\1"""
)
ENGLISH_ONLY = re.compile(r"\|\s*(?:pluralize|apnumber|lower|title)\b|date:\W?j")


def unmarked(path: Path) -> list[str]:
    """What a template says to people without a mark, in whichever branch of it."""
    text, marked = "", False
    found: list[str] = []
    for token in Lexer(path.read_text()).tokenize():
        words = token.contents.split()
        if token.token_type is TokenType.BLOCK and "blocktrans" in words[0]:
            marked = not words[0].startswith("end")
        elif words[:1] == ["block"] and words[1] in {"page_class", "bodyclass"}:
            marked = True
        elif words[:1] == ["endblock"]:
            marked = False
        elif token.token_type is TokenType.TEXT and not marked:
            text += token.contents
        elif token.token_type in {TokenType.BLOCK, TokenType.VAR}:
            found += [match[2] for match in SHOWN.finditer(token.contents)]
            found += ENGLISH_ONLY.findall(token.contents)
            if words[0] == "nav_link" and not words[2].startswith("_("):
                found.append(words[2])
    if path.suffix == ".txt":
        found += outside(re.sub(r"\?\w+=", "", text))
    else:
        found += untranslated(text)
    return [piece for piece in found if piece not in NAMES]


class Machine(HTMLParser):
    """Keeps what programs read of a page: its elements, and their attributes without the
    words."""

    WORDS = SPOKEN_ATTRIBUTES | {"lang", "datetime"}

    def __init__(self) -> None:
        super().__init__()
        self.read: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        is_token = named.get("name") == "csrfmiddlewaretoken"
        kept = [pair for pair in attrs if pair[0] not in self.WORDS]
        self.read.append((tag, () if is_token else tuple(kept)))


def read_by_machines(html: str) -> list[tuple[str, tuple[tuple[str, str | None], ...]]]:
    parser = Machine()
    parser.feed(html)
    return parser.read
