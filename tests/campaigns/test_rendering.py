"""Placeholders: filled from flat texts, and nothing else however they are written."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.rendering import (
    MAX_OUTPUT,
    contact_values,
    fill,
    header_text,
    question,
    unknown_placeholders,
)
from contacts.models import Contact

ANN = {"contact.first_name": "Ann", "brand": "Acme", "attribute.plan": "Pro"}
FRAGMENTS = ["{{", "}}", "{%", "|", "default", ":", '"', "'", "contact.first_name", "\r\n"]
HOSTILE = st.lists(
    st.one_of(
        st.sampled_from(FRAGMENTS),
        st.characters(),
        st.characters(categories=["Cs", "Cc", "Cf", "Zl", "Zp"]),
    ),
    max_size=200,
).map("".join)


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("Hi {{ contact.first_name }}!", "Hi Ann!"),
        ("Hi {{contact.first_name}}!", "Hi Ann!"),
        ('Hi {{ contact.last_name|default:"you" }}!', "Hi you!"),
        ("Hi {{ contact.last_name | default : 'you' }}!", "Hi you!"),
        ('Hi {{ contact.first_name|default:"you" }}!', "Hi Ann!"),
        ("You have {{ attribute.plan }}.", "You have Pro."),
        ("{{ nobody.knows }}", ""),
        ("{{ brand }}{{ brand }}", "AcmeAcme"),
        ("no placeholder, } { }} {{", "no placeholder, } { }} {{"),
        ("{{ contact.first_name", "{{ contact.first_name"),
        ("", ""),
    ],
)
def test_a_placeholder_becomes_its_value_or_its_default(text, filled):
    assert fill(text, ANN) == filled


def test_a_blank_value_counts_as_missing():
    assert fill('{{ brand|default:"we" }}', {"brand": "  "}) == "we"


@pytest.mark.parametrize(
    "text",
    [
        "{{ contact.account.api_keys }}",
        "{{ contact.__class__ }}",
        "{{ settings.SECRET_KEY }}",
        "{{ brand.upper }}",
    ],
)
def test_a_dot_leads_nowhere(text):
    assert fill(text, ANN) == ""


@pytest.mark.parametrize(
    "text",
    [
        "{% debug %}",
        '{% include "500.html" %}',
        "{% load static %}",
        '{{ brand|ljust:"200000000" }}',
        "{{ brand|upper }}",
        "{# comment #}",
    ],
)
def test_tags_and_filters_are_just_text(text):
    assert fill(text, ANN) == text


def test_a_value_is_never_read_as_a_template():
    assert fill("{{ brand }}", {"brand": "{{ contact.email }}"}) == "{{ contact.email }}"


def test_what_nobody_can_fill_is_named_once():
    text = "{{ brand }} {{ contact.nmae }} {{ brand|upper }} {{ attribute.x }}"
    assert unknown_placeholders(text * 2) == ["contact.nmae", "brand|upper"]
    assert unknown_placeholders("{{ attribute. }}") == ["attribute."]
    assert unknown_placeholders("Hello {{ contact.name }}") == []


def test_the_output_has_an_upper_bound():
    text = "{{ brand }}" * 1000
    assert len(fill(text, {"brand": "x" * 10_000})) <= MAX_OUTPUT
    assert len(fill("y" * 1_000_000, {})) <= MAX_OUTPUT


@pytest.mark.parametrize(
    "piece", ["{{", "{{ a", '{{ a|default:"', "{{ " + " " * 140, "{{a|default   :", "{{a}}"]
)
def test_reading_takes_linear_time(piece):
    text = (piece * 200_000)[:200_000]
    start = time.perf_counter()
    fill(text, {"a": "&" * 200_000})
    unknown_placeholders(text)
    # Far from what a busy machine needs, nearer than what a square of it would take.
    assert time.perf_counter() - start < 30


@given(text=HOSTILE, value=HOSTILE)
def test_no_text_and_no_value_break_it(text, value):
    filled = fill(text, {"contact.first_name": value, "a": value})
    assert len(filled) <= MAX_OUTPUT
    for name in unknown_placeholders(text):
        assert name not in {"brand", "contact.first_name"}


@given(value=HOSTILE)
def test_a_header_stays_one_line(value):
    line = header_text(value)
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in line)
    assert not set(line) & set("\u2028\u2029\u202e")
    line.encode()


def test_a_line_end_in_a_header_becomes_a_space():
    assert header_text("Ann\r\nBcc: eve@example.com") == "Ann Bcc: eve@example.com"


def test_the_question_names_the_brand(template):
    assert question(template) == (
        "How likely are you to recommend Acme to a friend or colleague?"
    )


def test_a_contact_gives_its_names_and_its_simple_attributes():
    contact = Contact(
        first_name="Ann",
        last_name="Lee",
        email="ann@example.com",
        attributes={"plan": "Pro", "seats": 3, "vip": True, "gone": None, "x": {"y": 1}},
    )
    values = contact_values(contact, brand="Acme", account_name="Acme Ltd")
    assert values == {
        "contact.first_name": "Ann",
        "contact.last_name": "Lee",
        "contact.name": "Ann Lee",
        "contact.email": "ann@example.com",
        "brand": "Acme",
        "account.name": "Acme Ltd",
        "attribute.plan": "Pro",
        "attribute.seats": "3",
        "attribute.vip": "yes",
        "attribute.gone": "",
        "attribute.x": "",
    }


def test_an_attribute_can_not_pose_as_the_address():
    contact = Contact(email="ann@example.com", attributes={"contact.email": "eve@evil"})
    values = contact_values(contact, brand="Acme", account_name="Acme")
    assert values["contact.email"] == "ann@example.com"
