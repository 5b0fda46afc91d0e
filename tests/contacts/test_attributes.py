"""One contact under events in any order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.addresses import address_digest
from contacts.attributes import (
    INVALID_EMAIL,
    MAX_ATTRIBUTES,
    TOO_MANY_ATTRIBUTES,
    set_attributes,
)
from contacts.models import Contact

T = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def later(minutes: float) -> datetime:
    return T + timedelta(minutes=minutes)


def told(*events) -> Contact:
    """A contact that was told each (values, minute), in this order."""
    contact = Contact(user_id="u")
    for values, minute in events:
        set_attributes(contact, values, at=later(minute))
    return contact


def test_values_keep_their_types():
    values = {"a": 1, "b": 1.5, "c": True, "d": None, "e": [1], "f": {"g": "h"}, "i": "1"}
    assert told((values, 0)).attributes == values


def test_each_attribute_keeps_its_latest_value():
    contact = told(({"plan": "pro", "seats": 1}, 2), ({"plan": "free", "city": "X"}, 1))
    assert contact.attributes == {"plan": "pro", "seats": 1, "city": "X"}


def test_of_two_values_of_one_moment_the_later_arrival_wins():
    assert told(({"plan": "free"}, 1), ({"plan": "pro"}, 1)).attributes == {"plan": "pro"}


def test_times_compare_as_moments_whatever_their_zone():
    contact = Contact(user_id="u")
    east = timezone(timedelta(hours=9))
    set_attributes(contact, {"plan": "new"}, at=later(1).astimezone(east))
    set_attributes(contact, {"plan": "old"}, at=later(0))
    assert contact.attributes == {"plan": "new"}
    set_attributes(contact, {"plan": "newer"}, at=later(1) + timedelta(microseconds=1))
    assert contact.attributes == {"plan": "newer"}


def test_a_null_is_a_value():
    assert told(({"plan": "pro"}, 0), ({"plan": None}, 1)).attributes == {"plan": None}


@pytest.mark.parametrize(
    "name",
    ["firstName", "first_name", "FirstName", "First Name", "FIRSTNAME", "first-name"],
)
def test_a_name_in_any_casing_fills_the_column(name):
    contact = told(({name: " Ada\r\n "}, 0))
    assert contact.first_name == "Ada"
    assert contact.attributes == {name: " Ada\r\n "}


@pytest.mark.parametrize("name", ["email", "Email", "EMAIL", "e_mail", "e-mail"])
def test_an_email_in_any_casing_fills_the_column_and_its_digest(name):
    contact = told(({name: "Ada@Example.com"}, 0))
    assert contact.email == "Ada@example.com"
    assert contact.address_digest == address_digest("ada@example.COM")


@pytest.mark.parametrize("value", [1, None, "", "  ", [], {"a": 1}, True])
def test_what_is_no_name_leaves_the_column(value):
    assert (
        told(({"lastName": "Lovelace"}, 0), ({"lastName": value}, 1)).last_name
        == "Lovelace"
    )


def test_a_name_loses_what_would_break_a_mail_header():
    contact = told(({"firstName": "Ada\r\nBcc: x@y.z\x1b" + "n" * 300}, 0))
    assert contact.first_name.startswith("Ada Bcc: x@y.z n")
    assert len(contact.first_name) == 120


@pytest.mark.parametrize(
    "value", ["nonsense", "a@x.io, b@x.io", "Ada <a@x.io>", 5, ["a@x.io"], {"a": 1}, True]
)
def test_an_unusable_address_leaves_the_column_and_is_said(value):
    contact = told(({"email": "ada@example.com"}, 0))
    changed, notes = set_attributes(contact, {"email": value}, at=later(1))
    assert (changed, notes) == (True, [INVALID_EMAIL])
    assert contact.email == "ada@example.com"
    assert contact.attributes == {"email": value}


@pytest.mark.parametrize("value", [None, ""])
def test_an_empty_address_is_nothing_to_complain_of(value):
    contact = told(({"email": "ada@example.com"}, 0))
    assert set_attributes(contact, {"email": value}, at=later(1)) == (True, [])
    assert contact.email == "ada@example.com"


def test_of_two_spellings_in_one_event_a_usable_address_wins_every_time():
    for values in (
        {"email": "low@example.com", "Email": "cap@example.com"},
        {"Email": "cap@example.com", "email": "low@example.com"},
    ):
        assert told((values, 0)).email == "low@example.com"
    contact = Contact(user_id="u")
    both = {"Email": "cap@example.com", "email": "nonsense"}
    assert set_attributes(contact, both, at=T) == (True, [])
    assert contact.email == "cap@example.com"


def test_nothing_new_is_no_change():
    contact = told(({"plan": "pro"}, 1))
    assert set_attributes(contact, {}, at=later(2)) == (False, [])
    assert set_attributes(contact, {"plan": "old"}, at=later(0)) == (False, [])


def test_a_nameless_attribute_is_left_out():
    assert told(({"": "x"}, 0)).attributes == {}


def test_a_snapshot_taken_before_does_not_change():
    contact = told(({"plan": "free"}, 0))
    snapshot = contact.attributes
    set_attributes(contact, {"plan": "pro"}, at=later(1))
    assert snapshot == {"plan": "free"}


def test_attributes_beyond_the_bound_are_dropped_and_said():
    contact = told(({f"a{n}": n for n in range(MAX_ATTRIBUTES - 1)}, 0))
    changed, notes = set_attributes(contact, {"a0": "x", "b": 1, "c": 2}, at=later(1))
    assert (changed, notes) == (True, [TOO_MANY_ATTRIBUTES])
    assert len(contact.attributes) == MAX_ATTRIBUTES
    assert contact.attributes["a0"] == "x"


names = st.sampled_from(["plan", "seats", "email", "Email", "firstName", "first_name"])
values = st.sampled_from(["pro", 1, None, "a@x.io", "b@x.io", "A@x.io", "not one", "", [1]])
events = st.lists(st.dictionaries(names, values, max_size=4), max_size=7)


@given(events=events, data=st.data())
def test_any_order_of_arrival_ends_in_one_contact(events, data):
    timed = [(event, minute) for minute, event in enumerate(events)]
    shuffled = data.draw(st.permutations(timed))
    a, b = told(*timed), told(*shuffled)
    for field in ("attributes", "email", "address_digest", "first_name", "last_name"):
        assert getattr(a, field) == getattr(b, field)
