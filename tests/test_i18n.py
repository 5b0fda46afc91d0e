"""The application speaks each person's language, on every page and in every mail."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.test import Client
from django.utils import translation
from django.utils.translation import trans_real

from promoter.accounts.notices import tell_owners
from tests.conftest import _person
from tests.marks import CODE, OPEN, Brackets

PERSON = "/me/"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _two_languages(settings, monkeypatch):
    """English, and one that puts everything translated into brackets."""
    settings.LANGUAGES = [("en", "English"), (CODE, "Brackets")]
    monkeypatch.setitem(trans_real._translations, CODE, Brackets())
    yield
    translation.deactivate()


def language_of(response) -> str:
    return re.findall(r'<html lang="([^"]*)"', response.content.decode())[0]


# --- Whose language it is ---------------------------------------------------------------


def test_a_page_is_in_the_persons_language_else_the_browsers_else_english(
    alice, alice_client
):
    def page(wanted=None):
        headers = {"accept-language": wanted} if wanted else {}
        response = alice_client.get(PERSON, headers=headers)
        assert "Accept-Language" in response["Vary"]
        return language_of(response)

    assert (page(), page("tlh"), page("fr, de-AT;q=0.5")) == ("en", "en", CODE)

    saved = alice_client.post(PERSON, {"name": "Alice", "language": "en"}, follow=True)
    assert "Saved." in saved.content.decode()
    assert page("de") == "en"

    # One that is no longer spoken here counts as none.
    type(alice).objects.update(language="tlh")
    assert page("de") == CODE


def test_only_a_language_that_is_complete_can_be_chosen(alice_client):
    answer = alice_client.post(PERSON, {"name": "Alice", "language": "fr"})

    assert answer.status_code == 422


def test_where_there_is_one_language_nobody_is_asked(alice_client, settings):
    assert 'name="language"' in alice_client.get(PERSON).content.decode()

    settings.LANGUAGES = [("en", "English")]
    assert 'name="language"' not in alice_client.get(PERSON).content.decode()


def test_who_is_not_signed_in_reads_their_browsers_language():
    wanted = {"accept-language": "de"}

    assert language_of(Client().get("/sign-in/", headers=wanted)) == CODE
    assert language_of(Client().get("/nothing/", headers=wanted)) == CODE


def test_what_a_program_reads_is_english(db):
    answer = Client().post("/v1/batch", headers={"accept-language": "de"})

    assert answer.status_code in {400, 401}
    assert OPEN not in answer.content.decode()


def test_each_owner_is_told_in_their_own_language(account, alice):
    for name, language in (("anna", CODE), ("albert", CODE), ("ann", "tlh")):
        person = _person(name, account, "owner")
        person.language = language
        person.save()

    assert tell_owners(account=account, write=lambda: (translation.gettext("Hi"), "Text"))

    told = {sent.subject: sorted(sent.to) for sent in mail.outbox}
    assert told == {
        "Hi": ["alice@example.com", "ann@example.com"],
        f"{OPEN}Hi⟧": ["albert@example.com", "anna@example.com"],
    }
    html = mail.outbox[-1].alternatives[0].content
    assert f'<html lang="{CODE}">' in html
    assert f"{OPEN}You get this because" in html


def test_an_invitation_is_in_the_language_of_who_is_known_else_of_who_invites(
    alice_client, charlie
):
    charlie.language = "en"
    charlie.save()
    for email in ("dora@example.com", charlie.email):
        alice_client.post(
            "/settings/people/",
            {"email": email, "role": "viewer"},
            headers={"accept-language": "de"},
        )

    subjects = {sent.to[0]: sent.subject for sent in mail.outbox}
    assert subjects["dora@example.com"] == f"{OPEN}Alice invites you to Acme⟧"
    assert subjects[charlie.email] == "Alice invites you to Acme"
