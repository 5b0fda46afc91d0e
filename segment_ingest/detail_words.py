"""A message's detail in the language of who reads it. It is kept in English, as it was
written when the message was processed: then nobody was there to read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext, gettext_noop, ngettext

from campaigns.conditions import UNMET, WORDS
from promoter.lib.kept_words import compiled
from promoter.lib.relative import written_day

SHARE = gettext_noop("asks about %(percent)s %% of its events")
REPLAYED = gettext_noop("Replayed on %(day)s for %(campaign)s.")
BROKE = gettext_noop("%(error)s while processing.")
_DAY = "%d %B %Y"
_Read = Callable[[dict[str, str]], dict[str, str]]
_COUNT = re.compile(r"([0-9]+) (survey|reminder)s?")


def detail_words(stored: str) -> str:
    """What is known of it is translated; the rest, such as names, stays as it is.

    Several campaigns' words are joined by semicolons. A name with one in it is read as
    two parts, of which neither is known: they are joined again as they were.
    """
    whole = _known(stored)
    return whole or "; ".join(_known(part) or _named(part) for part in stored.split("; "))


def _named(part: str) -> str:
    """`Onboarding: throttled`: a campaign's name, which may hold a colon, and its words."""
    name, colon, words = part.rpartition(": ")
    known = _known(words)
    if colon and known is None:
        name, colon, words = part.partition(": ")
        known = _known(words)
    return f"{name}: {known}" if colon and known else part


def _known(text: str) -> str | None:
    if not text:
        return None
    said = gettext(text)
    if said != text:
        return said
    return _matched(text, _NOTES) or _withdrawn(text)


def _matched(text: str, patterns: Mapping[str, _Read]) -> str | None:
    for pattern, read in patterns.items():
        if found := compiled(pattern).fullmatch(text):
            return gettext(pattern) % read(found.groupdict())
    return None


def _withdrawn(text: str) -> str | None:
    """`2 surveys and 1 reminder withdrawn`"""
    stopped = text.removesuffix(" withdrawn")
    counts = [_COUNT.fullmatch(each) for each in stopped.split(" and ", 1)]
    if stopped == text or not all(counts):
        return None
    first, *rest = [_stopped(int(each[1]), each[2]) for each in counts if each]
    if not rest:
        return gettext("%(what)s withdrawn") % {"what": first}
    return gettext("%(what)s and %(more)s withdrawn") % {"what": first, "more": rest[0]}


def _stopped(count: int, noun: str) -> str:
    if noun == "survey":
        words = ngettext("%(count)s survey", "%(count)s surveys", count)
    else:
        words = ngettext("%(count)s reminder", "%(count)s reminders", count)
    return words % {"count": count}


def _condition(values: dict[str, str]) -> dict[str, str]:
    return {"condition": _matched(values["condition"], _CONDITIONS) or values["condition"]}


def _day(values: dict[str, str]) -> dict[str, str]:
    try:
        day = datetime.strptime(values["day"], _DAY).date()  # noqa: DTZ007 - a day only
    except ValueError:
        return values
    return values | {"day": written_day(day, "j F Y")}


def _as_it_is(values: dict[str, str]) -> dict[str, str]:
    return values


_NOTES = {UNMET: _condition, SHARE: _as_it_is, REPLAYED: _day, BROKE: _as_it_is}
with translation.override(None):
    # "is" would read "is not" and "is at least" too: it comes last.
    _CONDITIONS = dict.fromkeys(
        sorted(map(str, WORDS.values()), key=len, reverse=True), _as_it_is
    )
