"""Ids as requests name them."""

from __future__ import annotations

import pytest

from promoter.lib.ids import id_in


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7", 7),
        (7, 7),
        ("9" * 18, 10**18 - 1),
        *((text, 0) for text in ("", "-1", "1.0", "٣", "²", "9" * 19, "9" * 5_000, None)),
    ],
)
def test_what_is_no_id_is_that_of_no_row(text, number):
    assert id_in(text) == number
