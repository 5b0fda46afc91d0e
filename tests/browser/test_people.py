"""Two-factor sign-in, roles and the switcher, in a browser."""

from __future__ import annotations

import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.urls import reverse

from promoter.accounts.models import Membership
from tests.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _uncounted():
    """The counts of sign-ins are in no model's table, so no test's end removes them."""
    cache.clear()


def test_two_factor_is_turned_on_and_asked_for(sign_in, alice, assert_accessible):
    page = sign_in(alice)
    page.goto(reverse("person"))
    assert_accessible(page)
    page.get_by_role("link", name="Turn on two-factor sign-in").click()
    assert_accessible(page)
    page.get_by_role("link", name="Turn it on").click()
    page.get_by_label("Password").fill(PASSWORD)
    assert_accessible(page)
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("heading", name="Turn it on").wait_for()
    assert_accessible(page)
    secret = page.get_by_label("Or enter this key").input_value()
    page.get_by_label("Code from the app").fill("000000")
    page.get_by_role("button", name="Turn it on").click()
    page.get_by_role("alert").wait_for()
    page.get_by_label("Code from the app").fill(code_of(secret))
    page.get_by_role("button", name="Turn it on").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    assert_accessible(page)
    codes = page.locator("#recovery-codes").inner_text().split()
    assert len(codes) == 10

    page.locator("[popovertarget=user-menu]").press("Enter")
    page.get_by_role("button", name="Sign out").press("Enter")
    assert_accessible(page)
    page.get_by_label("Email").fill(alice.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    assert_accessible(page)
    page.get_by_label("Code").fill(codes[0])
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("navigation", name="Main").wait_for()


def test_a_role_changes_what_one_sees_and_the_switcher_where_one_is(
    sign_in, alice, bob, other_account, assert_accessible
):
    Membership.objects.create(account=other_account, user=bob, role="viewer")
    bobs, alices = sign_in(bob), sign_in(alice)
    alices.goto(reverse("people"))
    assert_accessible(alices)
    alices.get_by_label("Role of Bob").select_option("viewer")
    alices.get_by_role("button", name="Change the role of Bob").click()
    alices.get_by_text("Bob is viewer now.").wait_for()

    bobs.goto(reverse("people"))
    assert bobs.get_by_role("heading", name="Invite somebody").count() == 0
    assert_accessible(bobs)
    bobs.goto(reverse("campaign-new"))
    bobs.get_by_role("heading", name="You may not do this").wait_for()
    bobs.locator("[popovertarget=user-menu]").press("Enter")
    assert_accessible(bobs)
    bobs.get_by_role("button", name="Strangers Ltd").press("Enter")
    bobs.locator(".brand", has_text="Strangers Ltd").wait_for()


def code_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))
