"""Pages that neither repeat nor skip a row while the list grows at its head."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contacts.models import Contact
from promoter.lib import paging
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


def page(query=None, size=3, key="updated_at", rising=False):
    rows = Contact.objects.all()
    return page_of(rows, query=query or {}, size=size, key=key, rising=rising)


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


def test_a_text_orders_from_a_to_z_and_back(contacts):
    Contact.objects.filter(user_id__in=["u1", "u4"]).update(email="a.b@example.com")
    order = ["u0", "u2", "u3", "u5", "u6", "u1", "u4"]
    first = page(key="email", rising=True)
    second = page({"older": first.older}, key="email", rising=True)
    third = page({"older": second.older}, key="email", rising=True)

    assert ids(first) + ids(second) + ids(third) == order
    assert third.older is None
    assert ids(page({"newer": third.newer}, key="email", rising=True)) == ids(second)
    assert ids(page({"newer": second.newer}, key="email", rising=True)) == ids(first)


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


@pytest.mark.parametrize("near", [1, 3, 100])
def test_a_slow_test_of_the_rows_changes_no_page(contacts, monkeypatch, near):
    monkeypatch.setattr(paging, "NEAR", near)
    wanted = [name for name in contacts if name not in ("u5", "u2")]

    def part(**query: str):
        rows = Contact.objects.exclude(user_id__in=["u5", "u2"])
        everybody = Contact.objects.all()
        return page_of(rows, query=query, size=2, key="updated_at", among=everybody)

    seen, found = [], part()
    pages = [found]
    while found.older:
        seen += ids(found)
        found = part(older=found.older)
        pages.append(found)

    assert seen + ids(found) == wanted
    assert ids(part(newer=pages[2].newer)) == ids(pages[1])
