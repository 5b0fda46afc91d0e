"""The attribute catalogue: names, types, and when they were last seen."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contacts import catalogue
from contacts.catalogue import note_attributes, type_of
from contacts.models import Attribute


@pytest.mark.parametrize(
    ("value", "type_"),
    [
        ("gold", "text"),
        (3, "number"),
        (2.5, "number"),
        (True, "boolean"),
        ([], "list"),
        ({"city": "Oslo"}, "object"),
        (None, "empty"),
    ],
)
def test_types_are_those_of_json(value, type_):
    assert type_of(value) == type_


def read(account) -> dict[str, tuple[str, object]]:
    rows = Attribute.objects.filter(account=account)
    return {row.name: (row.type, row.last_seen_at) for row in rows}


def test_the_latest_type_counts_and_an_empty_value_says_nothing_of_it(account, now):
    note_attributes(account=account, values={"plan": "gold", "seats": "3"}, now=now)
    later = now + timedelta(hours=1)
    note_attributes(account=account, values={"plan": None, "seats": 3, "": 1}, now=later)
    assert read(account) == {"plan": ("text", later), "seats": ("number", later)}


def test_what_was_seen_a_moment_ago_is_not_written_again(
    account, now, django_assert_num_queries
):
    note_attributes(account=account, values={"plan": "gold"}, now=now)
    with django_assert_num_queries(1):
        note_attributes(
            account=account, values={"plan": "free"}, now=now + timedelta(minutes=9)
        )
    assert read(account) == {"plan": ("text", now)}


def test_made_up_names_do_not_fill_the_table(account, now, monkeypatch):
    monkeypatch.setattr(catalogue, "MOST_NAMES", 2)
    note_attributes(account=account, values={"b": 1}, now=now)
    note_attributes(account=account, values={"c": 1, "d": 1, "x" * 256: 1}, now=now)
    assert sorted(read(account)) == ["b", "c"]
