"""Signing in by an OpenID Connect provider, against one on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from promoter.accounts.models import Invitation, User
from tests.accounts.provider import Provider
from tests.accounts.provider import provider as running

pytestmark = pytest.mark.django_db

DORA = {"sub": "d-1", "email": "dora@example.com", "email_verified": True, "name": "Dora D"}


@pytest.fixture
def provider(settings) -> Iterator[Provider]:
    with running() as provider:
        settings.OIDC_NAME = "Acme ID"
        settings.SOCIALACCOUNT_PROVIDERS = deepcopy(settings.SOCIALACCOUNT_PROVIDERS)
        settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"] = [
            {
                "provider_id": "oidc",
                "name": "Acme ID",
                "client_id": "promoter",
                "secret": "hush",
                "settings": {"server_url": provider.address, "oauth_pkce_enabled": True},
            }
        ]
        yield provider


def page_of(response) -> str:
    return response.content.decode()


def come_in(client: Client, next_path: str = ""):
    """Press the button, say yes at the provider, come back."""
    there = client.get("/sign-in/with/oidc/", {"next": next_path} if next_path else {})
    assert there.status_code == 302, page_of(there)
    asked = parse_qs(urlsplit(there["Location"]).query)
    assert asked["redirect_uri"] == ["http://testserver/sign-in/with/oidc/back/"]
    assert asked["code_challenge_method"] == ["S256"]
    return client.get("/sign-in/with/oidc/back/", {"code": "c", "state": asked["state"][0]})


def test_who_is_known_by_a_checked_address_comes_in_and_keeps_the_password(provider, alice):
    provider.person = {"sub": "a-1", "email": "Alice@example.com", "email_verified": True}
    # An owner entered her; the address is hers.
    Client().post("/sign-in/", {"login": alice.email, "password": "correct horse battery"})
    client = Client()
    assert "Sign in with Acme ID" in page_of(client.get("/sign-in/"))

    assert come_in(client, "/segment/")["Location"] == "/segment/"

    assert client.get("/").status_code == 200
    assert provider.asked[0]["client_secret"] == ["hush"]
    assert "code_verifier" in provider.asked[0]
    alice.refresh_from_db()
    assert alice.has_usable_password()
    # From now on by the provider's own name of her, whatever address she has there.
    provider.person["email"] = "other@example.com"
    again = Client()
    come_in(again)
    assert "alice@example.com" in page_of(again.get("/"))


def test_who_is_invited_comes_in_and_finds_the_invitation(provider, account):
    provider.person = DORA
    Invitation.objects.create(
        account=account,
        email="dora@example.com",
        expires_at=timezone.now() + timedelta(days=1),
    )
    client = Client()

    assert come_in(client)["Location"] == "/"

    assert "You are invited" in page_of(client.get("/"))
    dora = User.objects.get(email="dora@example.com")
    assert dora.name == "Dora D"
    # Without a password there is nothing to ask again; one can be set.
    assert client.get("/me/password/")["Location"] == "/me/password/first/"


def test_a_stranger_is_told_whom_to_ask_and_leaves_no_trace(provider, db):
    provider.person = DORA

    answer = come_in(Client())

    assert answer.status_code == 403
    assert "You aren’t invited yet" in page_of(answer)
    assert not User.objects.exists()


def test_where_sign_up_is_open_a_stranger_opens_an_account(provider, db, settings):
    provider.person = DORA
    settings.SIGN_UP_OPEN = True
    client = Client()
    come_in(client)

    assert "/accounts/new/" in page_of(client.get("/"))
    client.post("/accounts/new/", {"name": "Dora & Sons"})

    assert client.get("/").status_code == 200


def test_an_address_that_the_provider_did_not_check_opens_no_door(
    provider, alice, settings
):
    provider.person = {"sub": "m-1", "email": "alice@example.com", "email_verified": False}
    client = Client()

    assert "isn’t confirmed there" in page_of(come_in(client))
    assert client.get("/").status_code == 302
    # Unless the operator vouches for the provider.
    settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["VERIFIED_EMAIL"] = True
    come_in(client)
    assert client.get("/").status_code == 200


DISCOVERY = "/.well-known/openid-configuration"


@pytest.mark.parametrize(
    ("there", "back", "page"),
    [
        ({DISCOVERY: 503}, {}, "Acme ID can’t be reached"),
        ({DISCOVERY: "<html>"}, {}, "The sign-in did not work"),
        ({DISCOVERY: "[]"}, {}, "The sign-in did not work"),
        ({}, {DISCOVERY: 503}, "Acme ID can’t be reached"),
        ({}, {"/token": 500}, "The sign-in did not work"),
        ({}, {"/userinfo": 503}, "Acme ID can’t be reached"),
        ({}, {"/userinfo": "null"}, "The sign-in did not work"),
        ({}, {"/userinfo": "{}"}, "The sign-in did not work"),
        ({}, {"error": "access_denied"}, "You aren’t signed in"),
        ({}, {"error": "server_error"}, "Acme ID can’t be reached"),
        ({}, {"error": "invalid_scope"}, "The sign-in did not work"),
        ({}, {"state": "another"}, "This sign-in is over"),
    ],
)
def test_a_provider_that_brings_nobody_in_is_explained_and_the_way_on_is_kept(
    provider, alice, there, back, page
):
    """`there` and `back` are what it does, or says in the address, on the two ways."""
    provider.person = {"sub": "a-1", "email": alice.email, "email_verified": True}
    client, wanted = Client(), "/segment/?q=a&b=c"
    provider.instead = there
    answer = client.get("/sign-in/with/oidc/", {"next": wanted})
    if not there:
        state = parse_qs(urlsplit(answer["Location"]).query)["state"][0]
        provider.instead = {key: what for key, what in back.items() if key[0] == "/"}
        said = {key: what for key, what in back.items() if key[0] != "/"}
        address = {"state": state} | (said or {"code": "c"})
        answer = client.get("/sign-in/with/oidc/back/", address)

    assert answer.status_code in {403, 502, 503}
    assert page in page_of(answer)
    escaped = "?next=%2Fsegment%2F%3Fq%3Da%26b%3Dc"
    assert f'href="/sign-in/with/oidc/{escaped}"' in page_of(answer)
    assert f'href="/sign-in/{escaped}"' in page_of(answer)
    assert client.get("/").status_code == 302
    # Once it is well again, trying again leads to where one wanted.
    provider.instead = {}
    assert come_in(client, wanted)["Location"] == wanted


def test_a_provider_that_does_not_answer_at_all_is_away(provider, alice, settings):
    app = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]
    app["settings"]["server_url"] = "http://127.0.0.1:1"

    assert "Acme ID can’t be reached" in page_of(Client().get("/sign-in/with/oidc/"))


def test_without_a_provider_there_is_no_button_and_no_address(db, client):
    assert "Sign in with" not in page_of(client.get("/sign-in/"))
    assert client.get("/sign-in/with/oidc/").status_code == 404
    assert client.get("/sign-in/with/oidc/back/").status_code == 404
