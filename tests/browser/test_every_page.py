"""Every page of the application, by its address: accessible, and within the screen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from surveys.responding import record_response
from tests.browser.test_xss import is_page
from tests.rows import make_rows
from tests.surveys.asked import ask, kate
from tests.test_tenancy import NUMBER, PRIVATE, path_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PARTS = 4


def is_whole(client: Client, path: str) -> bool:
    """Not a part of a page, and not a mail in its frame, which runs no script, not even
    axe: it is looked at with its page."""
    answer = client.get(path)
    sandboxed = "sandbox" in answer.headers.get("Content-Security-Policy", "")
    return is_page(client, path) and not sandboxed and b"<html" in answer.content


@pytest.mark.parametrize("part", range(PARTS))
def test_axe_finds_nothing_wrong(
    account, alice, alice_client, campaign, sign_in, assert_accessible, part
):
    rows = make_rows(NUMBER, account)
    now = timezone.now()
    for number in range(11):
        person = kate(account, f"kate{number}@example.com", attributes={"plan": "pro"})
        survey = ask(person, campaign, now - timedelta(days=number))
        record_response(survey=survey, score=number, comment="So it is", now=now)
    pages = {
        route.name: path_of(route, rows) if route.takes_arguments else f"/{route.pattern}"
        for route in PRIVATE[part::PARTS]
    }
    pages = {name: path for name, path in pages.items() if is_whole(alice_client, path)}
    assert len(pages) > 12
    browser = sign_in(alice).context
    wrong = {}
    for name, path in pages.items():
        page = browser.new_page()
        page.goto(path)
        try:
            assert_accessible(page)
        except AssertionError as error:
            wrong[name] = str(error)[:400]
        page.close()

    assert wrong == {}
