"""The origins of browser keys, as browsers send them."""

from __future__ import annotations

import pytest

from segment_ingest.origins import clean_origin


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("https://www.example.com", "https://www.example.com"),
        (" HTTPS://WWW.Example.com/ ", "https://www.example.com"),
        ("https://example.com:443", "https://example.com"),
        ("https://example.com:8443", "https://example.com:8443"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
    ],
)
def test_it_is_kept_as_browsers_send_it(typed, origin):
    assert clean_origin(typed) == origin


@pytest.mark.parametrize(
    "typed",
    [
        *("", "example.com", "*", "https://*.example.com", "http://example.com"),
        *("https://example.com/shop", "ftp://example.com", "https://a:b@example.com"),
        *("https://[::1]:8443", "https://a b.com", "https://a.com;x", "https://:pw@a.com"),
        *("https://example.com:99999", "https://[", "null", "https://example.com?x=1"),
    ],
)
def test_what_is_no_origin_is_refused_with_a_sentence(typed):
    with pytest.raises(ValueError, match=r"\.$"):
        clean_origin(typed)
