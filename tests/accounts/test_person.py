"""What a person sets for themselves."""

from __future__ import annotations

import pytest
from django.test import Client

from promoter.accounts.models import User
from tests.accounts.mailbox import latest, link_in
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def page_of(response) -> str:
    return response.content.decode()


def test_name_and_time_zone_are_ones_own(alice, alice_client, account, campaign, now):
    account.time_zone = "America/New_York"
    account.save()
    assert "07:00:00 EST" in page_of(alice_client.get(f"/campaigns/{campaign.pk}/"))

    alice_client.post("/me/", {"name": "Alice Adams", "time_zone": "Asia/Tokyo"})

    page = page_of(alice_client.get(f"/campaigns/{campaign.pk}/"))
    assert "21:00:00 JST" in page
    assert ":00 EST" not in page
    alice.refresh_from_db()
    assert (alice.name, alice.time_zone) == ("Alice Adams", "Asia/Tokyo")


def test_a_zone_that_is_none_is_refused(alice_client, alice):
    answer = alice_client.post("/me/", {"name": "Mallory", "time_zone": "Mars/Olympus"})

    assert answer.status_code == 422
    assert "not a time zone we know" in page_of(answer)
    # The header still names her as she is.
    assert "Mallory" not in page_of(answer).partition("<main")[0]
    alice.refresh_from_db()
    assert alice.name == "Alice"


def test_a_new_address_counts_once_it_is_confirmed(alice, alice_client):
    again = alice_client.post("/me/email/", {"email": "al@example.com", "action_add": ""})
    assert again["Location"].startswith("/me/again/")
    # What was asked for is done once the password is given.
    answer = alice_client.post("/me/again/", {"password": PASSWORD, "next": "/me/email/"})
    assert answer["Location"] == "/me/email/"
    assert "waits for its confirmation" in page_of(alice_client.get("/me/"))
    assert User.objects.get(pk=alice.pk).email == "alice@example.com"

    link = link_in(latest("al@example.com"), "/sign-up/confirm/")
    alice_client.post(link)

    assert User.objects.get(pk=alice.pk).email == "al@example.com"
    assert latest("alice@example.com").subject == "Your email address was changed"
    for email, works in (("al@example.com", 302), ("alice@example.com", 200)):
        answer = Client().post("/sign-in/", {"login": email, "password": PASSWORD})
        assert answer.status_code == works


def test_the_address_of_somebody_else_is_not_taken_and_not_betrayed(
    alice, alice_client, charlie
):
    alice_client.post("/me/again/", {"password": PASSWORD, "next": "/me/"})
    answer = alice_client.post(
        "/me/email/", {"email": charlie.email, "action_add": ""}, follow=True
    )
    assert "We have sent a link to charlie@example.com" in page_of(answer)

    page = alice_client.post(
        link_in(latest(charlie.email), "/sign-up/confirm/"), follow=True
    )

    assert "it belongs to another sign-in" in page_of(page)
    assert User.objects.get(pk=alice.pk).email == "alice@example.com"


def test_a_change_of_address_can_be_dropped(alice, alice_client):
    alice_client.post("/me/again/", {"password": PASSWORD, "next": "/me/"})
    alice_client.post("/me/email/", {"email": "al@example.com", "action_add": ""})
    alice_client.post("/me/email/", {"email": "al@example.com", "action_remove": ""})

    alice_client.post(link_in(latest("al@example.com"), "/sign-up/confirm/"))

    assert User.objects.get(pk=alice.pk).email == "alice@example.com"


def test_a_new_password_ends_the_other_browsers(alice, alice_client):
    other = Client()
    other.force_login(alice)
    wrong = alice_client.post(
        "/me/password/", {"oldpassword": "guess", "password1": "another horse battery"}
    )
    assert "This is not your password" in page_of(wrong)

    answer = alice_client.post(
        "/me/password/", {"oldpassword": PASSWORD, "password1": "another horse battery"}
    )

    assert answer["Location"] == "/me/"
    assert "Other browsers are signed out" in page_of(alice_client.get("/me/"))
    assert other.get("/").status_code == 302
    assert latest(alice.email).subject == "Your password was changed"


def test_every_page_about_oneself_opens_without_an_account(db):
    client = Client()
    client.force_login(User.objects.create_user("dora@example.com", PASSWORD))

    for path in ("/me/", "/me/email/", "/me/password/", "/me/two-factor/"):
        assert client.get(path).status_code == 200, path
