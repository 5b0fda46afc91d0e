"""The second step: turning it on, signing in with it, losing the phone."""

from __future__ import annotations

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core import mail
from django.test import Client

from tests.accounts.mailbox import latest
from tests.conftest import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]

RIGHT = {"login": "alice@example.com", "password": PASSWORD}


def code_of(secret: str, ahead: int = 0) -> str:
    """What the app shows, so many codes from now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + ahead))


def page_of(response) -> str:
    return response.content.decode()


def sign_in(*codes: str) -> Client:
    """A browser in which Alice gave her password, and then these codes."""
    client = Client()
    client.post("/sign-in/", RIGHT)
    for code in codes:
        client.post("/sign-in/code/", {"code": code})
    return client


def again(client: Client) -> None:
    client.post("/me/again/", {"password": PASSWORD, "next": "/me/"})


def is_in(client: Client) -> bool:
    return client.get("/").status_code == 200


@pytest.fixture
def secret(alice) -> str:
    """Alice has it on, set up in her browser; her recovery codes are in it too."""
    client = sign_in()
    again(client)
    page = page_of(client.get("/me/two-factor/on/"))
    (secret,) = re.findall(r'id="secret" value="(\w+)"', page)
    wrong = client.post("/me/two-factor/on/", {"code": "000000"})
    assert "This code is not right" in page_of(wrong)
    # A wrong code keeps the secret that was scanned.
    assert secret in page_of(wrong)
    answer = client.post("/me/two-factor/on/", {"code": code_of(secret)})
    assert answer["Location"] == "/me/two-factor/codes/"
    return secret


@pytest.fixture
def codes(alice, secret) -> list[str]:
    rows = Authenticator.objects.get(user=alice, type="recovery_codes")
    return rows.wrap().get_unused_codes()


def test_signing_in_takes_a_code_as_well(alice, secret):
    client = Client()

    assert client.post("/sign-in/", RIGHT)["Location"] == "/sign-in/code/"
    assert client.get("/").status_code == 302
    assert "One more step" in page_of(client.get("/sign-in/code/"))
    wrong = client.post("/sign-in/code/", {"code": "123456"})
    assert "This code is not right" in page_of(wrong)
    assert client.get("/").status_code == 302
    right = client.post("/sign-in/code/", {"code": code_of(secret, 1)})
    assert right["Location"] == "/"
    assert client.get("/").status_code == 200


def test_where_one_wanted_to_be_is_not_forgotten_over_the_code(alice, secret):
    client = Client()
    client.post("/sign-in/", RIGHT | {"next": "/segment/"})

    answer = client.post("/sign-in/code/", {"code": code_of(secret, 1)})

    assert answer["Location"] == "/segment/"


def test_a_code_works_once(alice, secret):
    code = code_of(secret, 1)

    assert is_in(sign_in(code))
    assert not is_in(sign_in(code))


def test_a_recovery_code_signs_in_once(alice, codes):
    assert len(codes) == 10
    assert is_in(sign_in(codes[0]))
    assert not is_in(sign_in(codes[0]))


def test_codes_are_not_guessed(alice, secret):
    client = sign_in(*["123456"] * 5)

    answer = client.post("/sign-in/code/", {"code": code_of(secret, 1)})

    assert "too often" in page_of(answer)
    assert client.get("/").status_code == 302


def test_the_database_alone_makes_no_code(alice, secret, codes, settings):
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in stored

    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new", [settings.SECRET_KEY]
    assert is_in(sign_in(code_of(secret, 1)))
    settings.SECRET_KEY_FALLBACKS = []
    assert not is_in(sign_in(code_of(secret, 0)))


def test_turning_it_off_asks_once_more_and_tells_by_mail(alice, secret):
    client = sign_in(code_of(secret, 1))
    again(client)

    assert "Turn it off?" in page_of(client.get("/me/two-factor/off/"))
    client.post("/me/two-factor/off/")

    assert latest(alice.email).subject == "Two-factor sign-in is off"
    assert client.get("/me/two-factor/codes/")["Location"] == "/me/two-factor/"
    assert Client().post("/sign-in/", RIGHT)["Location"] == "/"


def test_who_finds_an_open_browser_needs_the_password(alice, alice_client):
    """force_login left no trace of a password: like a session of long ago."""
    for path in ("/me/two-factor/on/", "/me/two-factor/codes/new/"):
        answer = alice_client.get(path)
        assert answer["Location"].startswith("/me/again/?next=")
    wrong = alice_client.post("/me/again/", {"password": "guess"})
    assert "This is not your password" in page_of(wrong)

    answer = alice_client.post(
        "/me/again/", {"password": PASSWORD, "next": "/me/two-factor/on/"}
    )

    assert answer["Location"] == "/me/two-factor/on/"
    assert "Scan this" in page_of(alice_client.get("/me/two-factor/on/"))


def test_new_recovery_codes_replace_the_old(
    alice, codes, django_capture_on_commit_callbacks
):
    client = sign_in(codes[0])
    again(client)
    mail.outbox.clear()

    with django_capture_on_commit_callbacks(execute=True):
        client.post("/me/two-factor/codes/new/")
    page = page_of(client.get("/me/two-factor/codes/"))

    assert codes[1] not in page
    assert latest(alice.email).subject == "You have new recovery codes"


def test_the_codes_are_downloaded_as_a_file_after_a_proof_and_nothing_keeps_it(
    alice, codes, alice_client
):
    path = "/me/two-factor/codes/recovery-codes.txt"
    assert alice_client.get(path)["Location"].startswith("/me/again/?next=")
    client = sign_in(codes[0])
    again(client)

    answer = client.get(path)

    lines = answer.content.decode().splitlines()
    assert lines[0].startswith("Recovery codes of alice@example.com for http")
    assert lines[3:] == codes[1:]
    assert answer["Content-Type"].startswith("text/plain")
    assert answer["Content-Disposition"] == 'attachment; filename="recovery-codes.txt"'
    assert "no-store" in answer["Cache-Control"]
    Authenticator.objects.all().delete()
    assert client.get(path)["Location"] == "/me/two-factor/"
