"""A customer's colour can be read, whichever it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.colours import (
    DARK_SURFACE,
    LIGHT_SURFACE,
    contrast,
    palette_of,
    read_colour,
)

ANY_COLOUR = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@given(ANY_COLOUR)
def test_every_text_has_the_contrast_of_wcag(colour):
    found = palette_of(colour)
    pairs = [
        (found.text, LIGHT_SURFACE),
        (found.text, found.soft),
        (found.text_hover, LIGHT_SURFACE),
        (found.on_fill, found.fill),
        (found.on_fill, found.fill_hover),
        (found.dark_text, DARK_SURFACE),
        (found.dark_text, found.dark_soft),
        # The survey page's dark surface is a little darker than the mail's.
        (found.dark_text, "#1c1b18"),
        (found.dark_text_hover, DARK_SURFACE),
    ]
    assert [pair for pair in pairs if contrast(*pair) < 4.5] == []


def test_a_colour_that_can_be_read_stays_and_a_pale_one_moves():
    assert not palette_of("#0f766e").is_adjusted
    assert palette_of("#ffd400").is_adjusted
    assert palette_of("#ffd400").fill == "#ffd400"
    assert round(contrast("#000000", "#ffffff")) == 21


@pytest.mark.parametrize(
    ("text", "colour"),
    [
        ("#0F766E", "#0f766e"),
        (" 0f766e ", "#0f766e"),
        ("#07e", "#0077ee"),
        ("teal", None),
        ("#0f766", None),
        ("#0f766e;}", None),
        ("", None),
    ],
)
def test_a_colour_is_read_as_people_paste_it(text, colour):
    assert read_colour(text) == colour
