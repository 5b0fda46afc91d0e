"""One mailbox or nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.addresses import address_digest, clean_address


@pytest.mark.parametrize(
    ("given_", "cleaned"),
    [
        ("ada@example.com", "ada@example.com"),
        (" ada@example.com\n", "ada@example.com"),
        ("Ada.L+tag@EXAMPLE.com", "Ada.L+tag@example.com"),
        ("o'hara@example.com", "o'hara@example.com"),
        ("ada@bücher.example", "ada@bücher.example"),
        ("用户@例え.jp", "用户@例え.jp"),
    ],
)
def test_a_mailbox_is_kept_with_its_domain_in_normal_form(given_, cleaned):
    assert clean_address(given_) == cleaned


@pytest.mark.parametrize(
    "value",
    [
        None,
        5,
        [],
        {},
        True,
        b"a@x.io",
        "",
        "  ",
        "ada",
        "ada@",
        "@example.com",
        "ada@localhost",
        "a@x.io, b@x.io",
        "a@x.io;b@x.io",
        "a@x.io b@x.io",
        "Ada <a@x.io>",
        "<a@x.io>",
        "a@x.io\r\nBcc: b@x.io",
        "a\x00@x.io",
        "a@x..io",
        "a..b@x.io",
        ".a@x.io",
        "a@-x.io",
        "a@[127.0.0.1]",
        "a@x.io" + "o" * 300,
        "\ud800@x.io",
        "x" * 100_000,
    ],
)
def test_what_is_not_exactly_one_mailbox_is_nothing(value):
    assert clean_address(value) is None


@given(st.text(st.characters(), max_size=50) | st.emails())
def test_no_text_raises_and_a_clean_address_stays_as_it_is(text):
    cleaned = clean_address(text)
    if cleaned is not None:
        assert clean_address(cleaned) == cleaned
        assert len(address_digest(cleaned)) == 64


def test_a_digest_is_equal_for_spellings_of_one_mailbox():
    assert address_digest("Ada@Example.com ") == address_digest("ada@example.com")
    assert address_digest("ada@example.com") != address_digest("bob@example.com")


def test_a_digest_is_keyed(settings):
    before = address_digest("ada@example.com")
    settings.ADDRESS_KEY = "another"
    assert address_digest("ada@example.com") != before
