"""A language that a person may choose has every word of the application."""

from __future__ import annotations

import re

import pytest
from django.conf import settings

from tests.catalogues import ROOT, marked_in, path_of, written

# What stands for a value, and what HTML is made of.
PLACES = re.compile(r"%\(\w+\)[sd]|%[sd%]|\{\w*\}|</?\w+")
CHOICES = [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
FOLDERS = ("campaigns", "contacts", "promoter", "segment_ingest", "surveys", "templates")


def places(text: str) -> list[str]:
    return sorted(PLACES.findall(text))


@pytest.mark.parametrize("code", CHOICES)
def test_every_word_is_there_with_its_places(code):
    entries = list(written(path_of(code, "po")))

    assert [message for _, message, said, _ in entries if not all(said)] == []
    # The singular may say "one" where the plural counts.
    wrong = [
        (message, said)
        for _, message, said, _ in entries
        if len(said) == 1 and places(said[0]) != places(message)
    ]
    assert wrong == []


@pytest.mark.parametrize("code", CHOICES)
def test_nothing_that_is_marked_is_missing(code):
    messages = {message for _, message, _, _ in written(path_of(code, "po"))}
    # A template's sign for percent is doubled in the catalogue.
    known = messages | {message.replace("%%", "%") for message in messages}
    sources = [
        path
        for folder in FOLDERS
        for pattern in ("*.py", "*.html", "*.txt")
        for path in (ROOT / folder).rglob(pattern)
    ]

    assert sorted(marked_in(sources) - known) == [], "run `make messages`, and translate"
