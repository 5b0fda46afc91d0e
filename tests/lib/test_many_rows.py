"""Rows that were inserted as many are as if each had been saved."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.forms.models import model_to_dict

from contacts.models import Contact
from promoter.lib.many_rows import ignoring, insert, replacing, take_ids


def person(account, user_id: str, at: datetime, **values: object) -> Contact:
    made = {"created_at": at, "updated_at": at} | values
    return Contact(account=account, user_id=user_id, **made)


def test_they_hold_what_save_would_have_stored(account, now):
    values = {
        "email": "ada@example.com",
        "first_name": "Åda “Δ” O'Hara %s",
        "attributes": {
            "quote": '"\\',
            "none": None,
            "list": [1, 2.5, 10**30, True],
            "emoji": "😀",
            "deep": {"a": {"b": []}},
        },
    }
    at = now + timedelta(microseconds=5)
    person(account, "saved", at, **values).save()
    insert([person(account, "inserted", at, **values), person(account, "2", at)])
    saved, inserted = (Contact.objects.get(user_id=name) for name in ("saved", "inserted"))
    apart = {"id", "user_id"}
    one, other = (model_to_dict(each, exclude=apart) for each in (saved, inserted))
    assert one == other
    assert (saved.created_at, saved.updated_at) == (at, at)
    assert (inserted.created_at, inserted.updated_at) == (at, at)
    assert "åda" in inserted.search_text or "Åda" in inserted.search_text
    assert Contact.objects.filter(created_at=at, attributes__emoji="😀").count() == 2


def test_their_ids_follow_their_order(account, now):
    rows = [person(account, f"u{n}", now) for n in range(300)]
    insert(rows)
    take_ids({(each.user_id,): each for each in rows}, Contact.objects, key=["user_id"])
    assert [each.pk for each in rows] == sorted(each.pk for each in rows)
    rows[0].first_name = "Ada"
    rows[0].save()
    assert Contact.objects.get(user_id="u0").first_name == "Ada"
    insert([])


def test_what_is_there_is_left_replaced_or_an_error(account, now):
    insert([person(account, "u", now, first_name="A", last_name="B")])
    again = person(account, "u", now, first_name="C", last_name="D")
    with pytest.raises(IntegrityError), transaction.atomic():
        insert([again])
    insert([again], conflict=ignoring())
    assert Contact.objects.get().first_name == "A"
    key, names = ["account", "user_id"], ["first_name"]
    insert([again], conflict=replacing(Contact, key=key, names=names))
    contact = Contact.objects.get()
    assert (contact.first_name, contact.last_name) == ("C", "B")


def test_a_text_that_is_too_long_is_refused_not_cut(account, now):
    if connection.vendor == "sqlite":
        pytest.skip("SQLite knows no lengths.")
    with pytest.raises(DataError), transaction.atomic():
        insert([person(account, "u" * 256, now)])
