"""What every answer tells browsers, and what cookies and addresses can't be used for."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse

from contacts.models import Suppression
from promoter.lib.signing import make_token
from surveys.models import Survey
from tests.conftest import PASSWORD
from tests.rows import make_rows

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]

ELSEWHERE = [
    "https://evil.example.com/",
    "//evil.example.com/",
    "///evil.example.com",
    r"/\evil.example.com",
    r"\\evil.example.com",
    "http:evil.example.com",
    "https:/evil.example.com",
    "javascript:alert(1)",
    "data:text/html,x",
    " https://evil.example.com",
    "\thttps://evil.example.com",
    "https://testserver@evil.example.com/",
    "https://testserver.evil.example.com/",
]


def answers(client: Client) -> Iterator[tuple[str, HttpResponseBase]]:
    """One answer of each kind."""
    token = make_token("survey", make_rows(1)[Survey].pk)
    yield "page", client.get("/")
    yield "redirect", Client().get("/")
    yield "sign-in", Client().get("/sign-in/")
    yield "not found", client.get("/nothing/")
    yield "refused form", Client(enforce_csrf_checks=True).post("/sign-in/")
    yield "survey", Client().get(f"/s/{token}/")
    yield "unknown link", Client().get("/u/none/")
    yield "static file", Client().head("/static/app.css")
    yield "health", Client().get("/healthz")
    yield "events", Client().post("/v1/track", "{", content_type="application/json")
    yield "api", Client().get("/api/v1/responses/")
    yield "download", client.get(reverse("audit-log-export"))
    yield "admin", client.get("/admin/")


def test_every_kind_of_answer_says_what_browsers_may_do_with_it(alice_client):
    for kind, answer in answers(alice_client):
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe" not in policy, kind
        for part in ("default-src 'self'", "object-src 'none'", "base-uri 'none'"):
            assert part in policy, kind
        assert "frame-ancestors 'none'" in policy, kind
        assert answer.headers["X-Content-Type-Options"] == "nosniff", kind
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin", kind
        assert "camera=()" in answer.headers["Permissions-Policy"], kind
        if kind != "health":
            assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin", kind
            referrer = (
                "no-referrer" if kind in {"survey", "unknown link"} else "same-origin"
            )
            assert answer.headers["Referrer-Policy"] == referrer, kind
        if kind != "static file":
            assert "no-store" in answer.headers["Cache-Control"], kind
        told = answer.headers.get("Content-Type", "")
        if told.startswith("text/") and kind != "health":
            assert "charset=" in told, kind


def test_browsers_keep_to_https_for_a_year(client, settings):
    settings.SECURE_HSTS_SECONDS = 31_536_000

    answer = client.get("/sign-in/", secure=True)

    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_there_are_two_cookies_and_no_script_reads_them(alice):
    client = Client()
    page = client.get("/sign-in/")
    fields = {"login": "alice@example.com", "password": PASSWORD}
    signed_in = client.post("/sign-in/", fields)
    done = client.post(reverse("account-settings"), {"name": "Acme & Sons", "zone": "UTC"})
    out = client.post("/sign-out/")

    cookies = {
        name: cookie
        for answer in (page, signed_in, done, out)
        for name, cookie in answer.cookies.items()
        if cookie.value
    }
    assert set(cookies) == {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME}
    for cookie in cookies.values():
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert cookie["path"] == "/"
        assert not cookie["domain"]


def test_signing_in_and_out_makes_the_session_a_new_one(alice):
    client = Client()
    client.get("/sign-in/")
    client.post("/sign-in/", {"login": "alice@example.com", "password": PASSWORD})
    name = settings.SESSION_COOKIE_NAME
    first = client.cookies[name].value
    assert len(first) == 32

    client.post("/sign-out/")
    client.cookies[name] = first
    assert client.get("/").status_code == 302

    client.post("/sign-in/", {"login": "alice@example.com", "password": PASSWORD})
    assert client.cookies[name].value != first


def test_who_is_switched_off_is_out_at_once(alice, alice_client):
    assert alice_client.get("/").status_code == 200

    alice.is_active = False
    alice.save()

    assert alice_client.get("/").status_code == 302


@pytest.mark.parametrize("there", ELSEWHERE)
def test_no_address_leads_to_another_site(alice, account, there):
    client = Client()
    came_in = client.post(
        f"/sign-in/?{urlencode({'next': there})}",
        {"login": "alice@example.com", "password": PASSWORD, "next": there},
    )
    row = Suppression.objects.create(
        account=account,
        address_digest="x",
        email="kate@example.com",
        reason=Suppression.Reason.MANUAL,
    )
    lifted = client.post(
        reverse("contact-suppression-lift", args=[row.pk]), {"next": there}
    )
    mine = {"account": str(account.pk), "next": there}
    switched = client.post(reverse("account-switch"), mine)

    for answer in (came_in, lifted, switched):
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/")
        assert "evil" not in answer.headers["Location"]
        assert ":" not in answer.headers["Location"]


def test_a_password_is_taken_exactly_as_it_is_written(alice):
    for wrong in (f" {PASSWORD}", f"{PASSWORD} ", PASSWORD.title(), PASSWORD[:-1]):
        client = Client()
        client.post("/sign-in/", {"login": "alice@example.com", "password": wrong})
        assert client.get("/").status_code == 302


def test_password_fields_hide_and_may_be_filled_by_a_password_manager(alice_client):
    pages = [Client().get("/sign-in/"), alice_client.get("/me/password/")]
    for page in pages:
        text = page.content.decode()
        assert 'type="password"' in text
        assert 'autocomplete="current-password"' in text
        assert "onpaste" not in text


def test_no_answer_is_meant_for_scripts_of_other_sites_but_the_browsers_keys(client):
    stranger = {"HTTP_ORIGIN": "https://evil.example.com"}

    for path in ("/sign-in/", "/api/v1/responses/", "/", "/v1/segment/none/"):
        answer = client.get(path, **stranger)
        assert "Access-Control-Allow-Origin" not in answer.headers, path
        assert "Access-Control-Allow-Credentials" not in answer.headers, path
