"""X-Signature: verified over the bytes as they came."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segment_ingest.signatures import first_element, is_signed

SECRET = "s3cret"


def sign(text: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), text, hashlib.sha1).hexdigest()


def test_one_object_is_signed_as_a_whole():
    text = b'{"price": 1.0, "name": "caf\\u00e9"}'
    assert is_signed(text, sign(text), [SECRET])
    assert is_signed(text, sign(text).upper(), [SECRET])
    assert not is_signed(text + b" ", sign(text), [SECRET])


def test_of_an_array_the_first_element_is_signed():
    first = '{"price": 1.0, "name": "café"}'.encode()
    text = b" [\n " + first + b' , {"a": 2}]'
    assert is_signed(text, sign(first), [SECRET])
    assert not is_signed(text, sign(b'{"a": 2}'), [SECRET])


def test_an_integer_beyond_pythons_own_limit_is_in_the_slice():
    first = b'{"n": ' + b"9" * 5_000 + b"}"
    assert is_signed(b"[" + first + b"]", sign(first), [SECRET])


def test_either_secret_counts_while_there_are_two():
    text = b"{}"
    assert is_signed(text, sign(text, "old"), ["new", "old"])
    assert not is_signed(text, sign(text, "older"), ["new", "old"])
    assert not is_signed(text, sign(text), [])


@pytest.mark.parametrize("signature", ["", "nonsense", "ü" * 40, "0" * 40])
def test_what_is_no_signature_is_refused(signature):
    assert not is_signed(b"[{}]", signature, [SECRET])


@pytest.mark.parametrize("text", [b"", b"[", b"[]", b"\xff[1]", b"[" * 100_000, b"{}"])
def test_a_text_without_a_first_element_has_none(text):
    assert first_element(text) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(JSON, st.lists(JSON), st.booleans())
def test_the_slice_is_the_one_that_the_sender_had_signed(first, rest, is_ascii):
    def spell(value) -> str:
        return json.dumps(value, ensure_ascii=is_ascii)

    elements = [spell(each) for each in [first, *rest]]
    text = "[" + ", ".join(elements) + "]"
    assert first_element(text.encode("utf-8", "replace")) == elements[0].encode(
        "utf-8", "replace"
    )
