"""Coming in and going out."""

from __future__ import annotations

import pytest
from django.test import Client

from promoter.accounts.models import User
from tests.conftest import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]


def sign_in(client: Client, email: str, password: str, **more: str):
    return client.post("/sign-in/", {"login": email, "password": password, **more})


def test_email_and_password_let_in(alice):
    client = Client()

    response = sign_in(client, "alice@example.com", PASSWORD)

    assert response.status_code == 302
    assert response["Location"] == "/"
    assert client.get("/").status_code == 200


def test_the_capitals_of_a_phone_do_not_matter_in_the_email(alice):
    assert sign_in(Client(), " Alice@Example.COM ", PASSWORD).status_code == 302


def test_a_wrong_password_is_refused_with_one_sentence(alice):
    wrong = sign_in(Client(), "alice@example.com", "wrong")
    nobody = sign_in(Client(), "nobody@example.com", "wrong")

    assert wrong.status_code == nobody.status_code == 200
    for response in (wrong, nobody):
        assert 'role="alert"' in response.content.decode()
        assert "know this email and password together" in response.content.decode()


def test_an_empty_form_names_each_field(db):
    page = sign_in(Client(), "", "").content.decode()

    assert page.count("This field is required.") == 4  # the summary, and at the field
    assert 'href="#id_login"' in page
    assert 'aria-invalid="true"' in page


def test_after_signing_in_one_is_where_one_wanted_to_be(alice):
    response = sign_in(Client(), "alice@example.com", PASSWORD, next="/segment/")

    assert response["Location"] == "/segment/"


def test_a_link_cannot_lead_away_through_the_door(alice):
    response = sign_in(
        Client(), "alice@example.com", PASSWORD, next="https://evil.example.com/"
    )

    assert response["Location"] == "/"


def test_who_is_signed_in_is_not_asked_again(alice_client):
    assert alice_client.get("/sign-in/").status_code == 302


def test_signing_out_takes_a_post(alice_client):
    assert alice_client.get("/sign-out/").status_code == 405
    assert alice_client.get("/").status_code == 200

    assert alice_client.post("/sign-out/").status_code == 302
    assert alice_client.get("/").status_code == 302


def test_who_is_in_no_account_is_told_so(db):
    client = Client()
    client.force_login(User.objects.create(email="dora@example.com"))

    response = client.get("/")

    assert response.status_code == 403
    assert "not in an account yet" in response.content.decode()
    assert "dora@example.com" in response.content.decode()
