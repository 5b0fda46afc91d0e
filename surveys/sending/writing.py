"""The words of a mail: what is the same for all is made once, what isn't is put in.

What is the same for every recipient is rendered and inlined once for each set of texts;
per mail only values are put in their places, escaped.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import css_inline
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import escape
from django.utils.translation import gettext, gettext_noop

from campaigns.colours import palette_of
from campaigns.languages import Language, language_of
from campaigns.models import TemplateContent
from campaigns.rendering import (
    Parts,
    Placeholder,
    clean_text,
    header_text,
    join,
    parse,
    question,
)
from promoter.accounts.models import Account

MAX_SUBJECT = 250
MAX_TEXT = 10_000
"""Characters of a customer's text that are read; forms allow far fewer."""
SCORES = range(11)
REMINDER = gettext_noop(
    "We asked you a few days ago and would still like to hear from you."
)

# No name that a customer can write: a placeholder's name has no bar in it.
_SURVEY_URL = "|survey"
_UNSUBSCRIBE_URL = "|unsubscribe"
_LOGO_URL = "|logo"

# Between the cells of a table a line may end. SMTP carries no line of more than 998 bytes;
# one of all scores would have the whole mail encoded, in many times the time.
_CELL = re.compile(r"(?<=>)(?=<t[dr]\b)")

_inliner = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


@dataclass(frozen=True, slots=True)
class LogoPlace:
    """The room that a logo takes in CSS pixels, and what it needs behind it."""

    width: int
    height: int
    plate: str


@dataclass(frozen=True, slots=True)
class Texts:
    """Everything in a mail that is not the recipient's: one look of many mails.

    `language` is that of our own sentences, `wording` that of the customer's.
    """

    language: Language
    wording: Language
    subject: str
    preheader: str
    from_name: str
    brand: str
    intro: str
    question: str
    account_name: str
    postal_address: str
    accent: str
    logo: LogoPlace | None = None
    opening: str = ""
    """Our own sentence above the intro."""

    @classmethod
    def of(
        cls,
        template: TemplateContent,
        account: Account,
        *,
        language: Language | None = None,
        reminder: bool = False,
    ) -> Texts:
        """A reminder has its own words, or the invitation's under a sentence of ours.

        Without a language of the reader's it is the template's throughout.
        """
        wording = language_of({}, otherwise=template.language)
        subject, intro, opening = template.subject, template.intro, ""
        if reminder:
            # One line, one language: the prefix is in that of the subject.
            with translation.override(wording.code):
                prefixed = gettext("Reminder: %(subject)s") % {"subject": template.subject}
            subject = template.reminder_subject or prefixed
            intro = template.reminder_intro or template.intro
            opening = "" if template.reminder_intro else REMINDER
        language = language or wording
        found = template.logo
        with translation.override(language.code):
            asked = question(template)
        return cls(
            language=language,
            wording=wording,
            subject=subject,
            preheader=template.preheader,
            from_name=template.from_name,
            brand=template.brand,
            intro=intro,
            question=asked,
            account_name=account.name,
            postal_address=account.postal_address,
            accent=template.accent,
            logo=LogoPlace(found.width, found.height, found.plate) if found else None,
            opening=opening,
        )


@dataclass(frozen=True, slots=True)
class Written:
    """The words of one mail."""

    subject: str
    from_name: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class _Compiled:
    """The texts with only the recipient's places left open."""

    subject: Parts
    from_name: Parts
    text: Parts
    html: Parts


def write(
    texts: Texts,
    values: Mapping[str, str],
    *,
    survey_url: str,
    unsubscribe_url: str,
    logo_url: str = "",
) -> Written:
    """The words for one recipient. Also shows a template to who edits it."""
    compiled = _compile(texts)
    urls = {
        _SURVEY_URL: survey_url,
        _UNSUBSCRIBE_URL: unsubscribe_url,
        _LOGO_URL: logo_url,
    }
    subject = header_text(join(compiled.subject, values, header_text))
    return Written(
        subject=(subject or header_text(texts.question))[:MAX_SUBJECT],
        from_name=header_text(join(compiled.from_name, values, header_text)),
        text=join(_bind(compiled.text, urls), values, header_text),
        html=join(_bind(compiled.html, urls), values, _html),
    )


@lru_cache(maxsize=512)
def _compile(texts: Texts) -> _Compiled:
    """Render and inline once. The texts are the key, so an edit can't meet an old copy."""
    slots = _Slots()
    context = {
        "subject": slots.mark(texts.subject),
        "preheader": slots.mark(texts.preheader),
        "intro": slots.mark(texts.intro.strip()),
        "brand": clean_text(texts.brand),
        "question": clean_text(texts.question),
        "account_name": clean_text(texts.account_name),
        "postal_address": clean_text(texts.postal_address.strip()),
        "logo": texts.logo,
        "logo_url": slots.place(Placeholder(_LOGO_URL)),
        "colours": palette_of(texts.accent),
        "language": texts.language,
        "wording": texts.wording,
        # Outlook's old engine aligns by attributes only.
        "start": "right" if texts.language.is_rtl else "left",
        "scores": SCORES,
        # Two tables side by side, on a phone one below the other: 0 to 5 and 6 to 10.
        "halves": (SCORES[:6], SCORES[6:]),
        "survey_url": slots.place(Placeholder(_SURVEY_URL)),
        "unsubscribe_url": slots.place(Placeholder(_UNSUBSCRIBE_URL)),
    }
    with translation.override(texts.language.code):
        context["opening"] = gettext(texts.opening) if texts.opening else ""
        subject, text, html = (
            render_to_string(f"emails/survey.{part}", context)
            for part in ("subject.txt", "txt", "html")
        )
    return _Compiled(
        subject=slots.split(subject),
        from_name=parse(texts.from_name or texts.brand),
        text=slots.split(text),
        html=slots.split(_CELL.sub("\n", _inliner.inline(html))),
    )


class _Slots:
    """Marks that stand for placeholders while templates and inliner do their work.

    They are letters and digits, which neither escapes, and random: no text holds one.
    """

    def __init__(self) -> None:
        self._nonce = f"slot{secrets.token_hex(12)}x"
        self._placeholders: list[Placeholder] = []

    def place(self, placeholder: Placeholder) -> str:
        self._placeholders.append(placeholder)
        return f"{self._nonce}{len(self._placeholders) - 1}x"

    def mark(self, text: str) -> str:
        """The text with a mark for each placeholder."""
        return "".join(
            part if isinstance(part, str) else self.place(part)
            for part in parse(clean_text(text[:MAX_TEXT]))
        )

    def split(self, rendered: str) -> Parts:
        """The rendered text with the placeholders for the marks again."""
        pieces = re.split(f"{self._nonce}([0-9]+)x", rendered)
        return tuple(
            self._placeholders[int(piece)] if index % 2 else piece
            for index, piece in enumerate(pieces)
        )


def _bind(parts: Parts, urls: Mapping[str, str]) -> Parts:
    """The links in their places, as literals: no long value can push one out."""
    return tuple(
        urls.get(part.name, part) if isinstance(part, Placeholder) else part
        for part in parts
    )


def _html(value: str) -> str:
    return escape(header_text(value))
