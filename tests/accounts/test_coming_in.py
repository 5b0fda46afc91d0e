"""Signing up, forgotten passwords, and what a guesser learns: nothing."""

from __future__ import annotations

import pytest
import time_machine
from django.core import mail
from django.test import Client

from promoter.accounts.models import Account, User
from tests.accounts.mailbox import latest, link_in
from tests.conftest import PASSWORD
from tests.test_tenancy import ROUTES

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]

DORA = "dora@example.com"
SIGN_UP = {
    "account_name": "Dora & Sons",
    "name": "Dora Diaz",
    "email": " Dora@Example.com ",
    "password1": PASSWORD,
}


@pytest.fixture
def open_to_all(settings):
    settings.SIGN_UP_OPEN = True


def page_of(response) -> str:
    return response.content.decode()


def is_in(client: Client) -> bool:
    return client.get("/").status_code == 200


def test_from_sign_up_over_the_mail_to_ones_own_account(client, open_to_all):
    answer = client.post("/sign-up/", SIGN_UP)

    assert answer["Location"] == "/sign-up/sent/"
    assert not is_in(client)
    assert "Look into your mailbox" in page_of(client.get("/sign-up/sent/"))
    message = latest(DORA)
    assert message.subject == "Confirm your email address"
    assert "urlize" not in message.alternatives[0][0]
    link = link_in(message, "/sign-up/confirm/")

    # A GET confirms nothing: scanners open every link.
    assert DORA in page_of(client.get(link))
    assert not is_in(client)
    assert client.post(link)["Location"] == "/"
    dashboard = page_of(client.get("/"))
    assert "Dora &amp; Sons" in dashboard
    membership = User.objects.get(email=DORA).memberships.get()
    assert (membership.role, membership.user.name) == ("owner", "Dora Diaz")


def test_who_did_not_confirm_gets_the_link_again_and_not_in(client, open_to_all, now):
    right = {"login": DORA, "password": PASSWORD}
    with time_machine.travel(now, tick=False) as clock:
        client.post("/sign-up/", SIGN_UP)
        client.post("/sign-in/", right)
        # Within a minute there is no second mail.
        assert len(mail.outbox) == 1
        clock.shift(61)
        assert client.post("/sign-in/", right)["Location"] == "/sign-up/sent/"

        assert len(mail.outbox) == 2
        assert not is_in(client)
        client.post(link_in(latest(DORA), "/sign-up/confirm/"))
        assert is_in(client)


def test_sign_up_is_closed_unless_it_is_opened(client):
    assert "by invitation" in page_of(client.get("/sign-up/"))
    assert "by invitation" in page_of(client.post("/sign-up/", SIGN_UP))

    assert not User.objects.exists()
    assert "/sign-up/" not in page_of(client.get("/sign-in/"))


def test_sign_up_with_a_known_address_looks_the_same_and_mails_its_owner(
    client, open_to_all, alice
):
    known = Client().post("/sign-up/", SIGN_UP | {"email": alice.email})
    unknown = client.post("/sign-up/", SIGN_UP)

    assert known["Location"] == unknown["Location"]
    assert latest(alice.email).subject == "You have a sign-in already"
    assert "/password/" in latest(alice.email).body
    assert Account.objects.filter(name="Dora & Sons").count() == 1
    assert alice.memberships.count() == 1


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"account_name": " "}, "This field is required."),
        ({"email": "dora"}, "valid email"),
        ({"password1": "password"}, "too common"),
        ({"password1": "dora@example"}, "too similar"),
    ],
)
def test_a_mistake_at_sign_up_is_named_and_leaves_nothing(
    client, open_to_all, change, says
):
    page = page_of(client.post("/sign-up/", SIGN_UP | change))

    assert says in page
    assert 'role="alert"' in page
    assert not Account.objects.exists()
    assert mail.outbox == []


def test_a_forgotten_password_is_chosen_anew_and_ends_every_session(alice, alice_client):
    client = Client()
    assert client.post("/password/", {"email": "ALICE@example.com"}).status_code == 302
    link = link_in(latest(alice.email), "/password/new/")

    form = client.get(link, follow=True)
    assert "Choose a new password" in page_of(form)
    path = form.redirect_chain[-1][0]
    assert "too common" in page_of(client.post(path, {"password1": "password"}))
    client.post(path, {"password1": "another horse battery"}, follow=True)

    assert not is_in(alice_client)
    assert not is_in(client)
    assert latest(alice.email).subject == "Your password was changed"
    answer = client.post(
        "/sign-in/", {"login": alice.email, "password": "another horse battery"}
    )
    assert answer.status_code == 302
    assert is_in(client)
    # The link works once.
    assert "no longer works" in page_of(Client().get(link))


def test_a_stranger_whose_address_one_mistyped_gets_no_password(alice):
    client = Client()
    client.post("/sign-in/", {"login": alice.email, "password": PASSWORD})
    client.post("/me/again/", {"password": PASSWORD, "next": "/me/"})
    client.post("/me/email/", {"email": DORA, "action_add": ""})
    assert latest(DORA).subject == "Confirm your email address"

    client.post("/password/", {"email": DORA})

    assert latest(DORA).subject == "No sign-in with this address"


def test_asking_for_a_password_says_nothing_of_who_exists(alice):
    known = Client().post("/password/", {"email": alice.email}, follow=True)
    unknown = Client().post("/password/", {"email": DORA}, follow=True)

    assert page_of(known) == page_of(unknown)
    # Both take as long: each sends a mail.
    assert latest(DORA).subject == "No sign-in with this address"
    assert "/sign-up/" not in latest(DORA).body


def test_a_mail_server_that_is_away_is_said_to_both_alike(alice, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    pages = {
        page_of(Client().post("/password/", {"email": email}, follow=True))
        for email in (alice.email, DORA)
    }

    (page,) = pages
    assert "Try again in a few minutes" in page


def test_a_guesser_is_stopped_and_the_owner_gets_in_by_mail(alice):
    client = Client()
    for _ in range(5):
        answer = client.post("/sign-in/", {"login": alice.email, "password": "guess"})
        assert "know this email and password together" in page_of(answer)

    right = {"login": alice.email, "password": PASSWORD}
    assert "too often" in page_of(client.post("/sign-in/", right))
    assert not is_in(client)

    client.post("/password/", {"email": alice.email})
    form = client.get(link_in(latest(alice.email), "/password/new/"), follow=True)
    path = form.redirect_chain[-1][0]
    client.post(path, {"password1": "another horse battery"})
    client.post("/sign-in/", {"login": alice.email, "password": "another horse battery"})
    assert is_in(client)


def test_guesses_are_counted_by_the_address_that_the_proxy_saw(alice, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1

    def guess(number: int, seen_by_proxy: str) -> str:
        forged = f"10.0.0.{number}, {seen_by_proxy}"
        return page_of(
            Client(headers={"X-Forwarded-For": forged}).post(
                "/sign-in/", {"login": f"nobody{number}@example.com", "password": "guess"}
            )
        )

    pages = [guess(number, "192.0.2.1") for number in range(11)]
    assert "too often" in pages[10]
    assert "too often" not in "".join(pages[:10])
    assert "too often" not in guess(11, "192.0.2.2")


def test_a_flood_of_sign_ups_is_answered_429_with_a_page(client, open_to_all):
    for number in range(20):
        client.post("/sign-up/", SIGN_UP | {"email": f"dora{number}@example.com"})

    answer = client.post("/sign-up/", SIGN_UP)

    assert answer.status_code == 429
    assert "That was too often" in page_of(answer)


def test_keep_me_signed_in_outlives_the_browser(alice):
    for more, expires in (({}, True), ({"remember": "on"}, False)):
        client = Client()
        client.post("/sign-in/", {"login": alice.email, "password": PASSWORD, **more})
        assert client.session.get_expire_at_browser_close() is expires


def test_a_switched_off_person_is_told_after_the_right_password_only(alice):
    alice.is_active = False
    alice.save()
    wrong = Client().post("/sign-in/", {"login": alice.email, "password": "guess"})
    right = Client().post(
        "/sign-in/", {"login": alice.email, "password": PASSWORD}, follow=True
    )

    assert "know this email and password together" in page_of(wrong)
    assert "This sign-in is switched off" in page_of(right)


def test_the_admin_has_no_second_door(alice):
    answer = Client().get("/admin/")

    assert Client().get(answer["Location"])["Location"].startswith("/sign-in/?next=")


def test_no_page_of_allauth_is_reached_in_its_own_looks():
    for route in ROUTES:
        view = getattr(route.view, "view_class", None)
        if view is None or not any(
            base.__module__.startswith("allauth") for base in view.__mro__
        ):
            continue
        template = route.view.view_initkwargs.get("template_name", view.template_name)
        assert template.startswith("accounts/"), route.name
