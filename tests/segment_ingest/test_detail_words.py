"""A detail that was written in English is read in the language of who reads it."""

from __future__ import annotations

import pytest
from django.utils import translation

from segment_ingest.detail_words import detail_words

pytestmark = pytest.mark.either_database

DETAILS = [
    ("This event had its survey before.", "Dieses Ereignis hatte seine Umfrage schon."),
    (
        "After: an order: “plan is not gold” did not hold",
        "After: an order: „plan ist nicht gold“ traf nicht zu",
    ),
    (
        "Onboarding: asks about 1 % of its events",
        "Onboarding: fragt zu 1 % ihrer Ereignisse",
    ),
    (
        "Shop; Berlin: 2 surveys and 1 reminder withdrawn",
        "Shop; Berlin: 2 Umfragen und 1 Erinnerung zurückgezogen",
    ),
    (
        "Replayed on 2 December 2026 for Onboarding.",
        "Am 2. Dezember 2026 für Onboarding erneut verarbeitet.",
    ),
    ("KeyError while processing.", "KeyError bei der Verarbeitung."),
    ("What an old version wrote", "What an old version wrote"),
    ("", ""),
]


@pytest.mark.parametrize(("stored", "read"), DETAILS)
def test_a_detail_in_german_and_as_it_was(stored, read):
    assert detail_words(stored) == stored
    with translation.override("de"):
        assert detail_words(stored) == read
