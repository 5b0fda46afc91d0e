"""Why a campaign paused itself is kept as numbers and said to each reader."""

from __future__ import annotations

import pytest
from django.utils import translation
from django.utils.translation import trans_real

from campaigns.pause_words import pause_words, too_many
from tests.marks import CODE, OPEN, Brackets


@pytest.mark.parametrize(
    ("wanted", "usual", "words"),
    [
        (1234, 56, "1,234 surveys within an hour; it usually asks 56."),
        (12, 0, "12 surveys within an hour; it usually asks hardly anybody."),
        (1, 0, "1 survey within an hour; it usually asks hardly anybody."),
    ],
)
def test_numbers_become_a_sentence(wanted, usual, words):
    assert pause_words(too_many(wanted=wanted, usual=usual)) == words


def test_it_is_in_the_readers_language_and_what_was_kept_in_words_stays(monkeypatch):
    monkeypatch.setitem(trans_real._translations, CODE, Brackets())
    with translation.override(CODE):
        said = pause_words(too_many(wanted=1234, usual=56))
        assert said.startswith(f"{OPEN}{OPEN}1.234 surveys within an hour")
        assert pause_words("Too many.") == "Too many."
    assert pause_words("") == ""
