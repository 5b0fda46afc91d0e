"""Pages that neither repeat nor skip a row while the list grows at its head."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contacts.models import Contact
from promoter.lib.paging import page_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def contacts(account, now) -> list[str]:
    """Seven, three of which changed at the same instant; newest first."""
    for number in range(7):
        late = max(number - 2, 0)
        Contact.objects.create(
            account=account,
            user_id=f"u{number}",
            updated_at=now + timedelta(microseconds=late),
        )
    return [f"u{number}" for number in reversed(range(7))]


def page(query=None, size=3, key="updated_at"):
    return page_of(Contact.objects.all(), query=query or {}, size=size, key=key)


def ids(found) -> list[str]:
    return [contact.user_id for contact in found.rows]


@pytest.mark.parametrize("key", ["updated_at", None])
def test_going_older_shows_every_row_once(contacts, key):
    seen, found = [], page(key=key)
    while True:
        seen += ids(found)
        if found.older is None:
            break
        found = page({"older": found.older}, key=key)

    assert seen == contacts


@pytest.mark.parametrize("key", ["updated_at", None])
def test_going_newer_leads_back_over_the_same_pages(contacts, key):
    first = page(key=key)
    second = page({"older": first.older}, key=key)
    third = page({"older": second.older}, key=key)

    assert ids(page({"newer": third.newer}, key=key)) == ids(second)
    assert ids(page({"newer": second.newer}, key=key)) == ids(first)


def test_the_first_page_knows_that_it_is_the_first(contacts):
    first = page()
    back = page({"newer": page({"older": first.older}).newer})

    assert first.is_first
    assert back.is_first
    assert back.older == first.older


def test_a_row_that_comes_meanwhile_shifts_nothing(contacts, account, now):
    first = page()
    Contact.objects.create(account=account, user_id="new", updated_at=now + timedelta(1))

    assert ids(page({"older": first.older})) == contacts[3:6]


def test_a_list_that_fits_has_no_other_pages(contacts):
    found = page(size=7)

    assert (found.newer, found.older) == (None, None)


@pytest.mark.parametrize(
    "cursor", ["", "x", "1", "1.", ".1", "-1.2", "1.2.3", "9" * 40 + ".1", "१.१", "0.0"]
)
def test_a_cursor_that_we_did_not_make_harms_nothing(contacts, cursor):
    assert page({"newer": cursor}).rows
    page({"older": cursor})


def test_beyond_the_oldest_row_a_page_is_empty_and_leads_back(contacts):
    found = page({"older": "1.1"})

    assert found.rows == []
    assert not found.is_first
    assert ids(page({"newer": found.newer})) == contacts[:3]
