"""The application speaks each person's language, on every page and in every mail."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.apps import apps
from django.core import mail
from django.db import models, transaction
from django.test import Client
from django.utils import timezone, translation
from django.utils.translation import trans_real

from campaigns.languages import LANGUAGES
from campaigns.models import Campaign
from promoter.accounts.audit_actions import Action
from promoter.accounts.models import AuditEvent
from promoter.accounts.notices import tell_owners
from surveys.models import Response
from tests.conftest import _person
from tests.marks import (
    CODE,
    NAMES,
    OPEN,
    SHUT,
    Brackets,
    read_by_machines,
    unmarked,
    untranslated,
)
from tests.rows import make_rows
from tests.surveys.asked import ask, kate
from tests.test_tenancy import NUMBER, PRIVATE, PRIVATE_PLAIN, path_of

PERSON = "/me/"
pytestmark = [pytest.mark.django_db, pytest.mark.either_database]


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
        f"{OPEN}Hi{SHUT}": ["albert@example.com", "anna@example.com"],
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
    assert subjects["dora@example.com"] == f"{OPEN}Alice invites you to Acme{SHUT}"
    assert subjects[charlie.email] == "Alice invites you to Acme"


def test_what_is_noted_is_kept_in_english_for_readers_of_every_language(
    account, alice, alice_client
):
    campaign = make_rows(NUMBER, account)[Campaign]
    alice.language = CODE
    alice.save()

    path = f"/campaigns/{campaign.pk}/setup/list/"
    saved = alice_client.post(path, {"choice": "new", "new_name": "Buyers"}, follow=True)

    assert f"{OPEN}Contact list{SHUT}" in saved.content.decode()
    event = AuditEvent.objects.filter(action=Action.CAMPAIGN_CHANGED).latest("pk")
    assert event.details["changed"] == ["Contact list", "Name of the new list"]
    log = alice_client.get("/settings/audit-log/").content.decode()
    assert f"{OPEN}Contact list{SHUT}" in log


# --- That nothing was forgotten -----------------------------------------------------------

# What these show is in the language of who is asked.
SURVEY_MAIL = {
    *("campaign-template-preview", "campaign-template-version-preview"),
    *("campaign-template-form-preview", "sent-mail-view"),
}
# Programs to copy and run.
CODE_TO_COPY = ("segment_ingest/snippets/", "local/first_event.txt")


def test_templates_mark_every_word_in_every_branch(settings):
    templates = settings.BASE_DIR / "templates"
    wrong = {}
    for path in sorted(templates.rglob("*")):
        name = str(path.relative_to(templates))
        is_read = path.suffix in {".html", ".txt", ".svg"}
        if is_read and not name.startswith(CODE_TO_COPY):
            wrong[name] = unmarked(path)

    assert not any(wrong.values()), listed(wrong)


def known_words(account) -> list[str]:
    """What the rows and the address say: nobody translates it. Longest first."""
    words = {"Acme", "Alice", "Viewer Vera", "testserver", "https", "Brackets", *NAMES}
    words |= {language.name for language in LANGUAGES}
    for model in apps.get_models():
        texts = [
            field.attname
            for field in model._meta.concrete_fields
            if isinstance(field, models.CharField | models.TextField | models.JSONField)
            and not field.choices
        ]
        for row in model._default_manager.values_list(*texts) if texts else ():
            words.update(spoken(list(row)))
    return sorted((word for word in words if len(word) > 2), key=len, reverse=True)


def spoken(value) -> Iterator[str]:
    if isinstance(value, str):
        yield from (value, " ".join(value.split()), *value.splitlines())
    elif isinstance(value, list):
        for each in value:
            yield from spoken(each)
    elif isinstance(value, dict):
        yield from value
        yield from spoken(list(value.values()))


def test_every_page_is_translated_whole(account, alice, charlie, monkeypatch):
    rows = make_rows(NUMBER, account)
    _person("vera", account, "viewer")
    type(alice).objects.update(language=CODE)
    clients = {person: Client() for person in ("alice", "vera", "charlie")}
    for name, client in clients.items():
        client.force_login(type(alice).objects.get(email=f"{name}@example.com"))
    known = known_words(account)
    wrong: dict[str, list[str]] = {}
    for name, client in clients.items():
        for route in PRIVATE_PLAIN if name == "charlie" else PRIVATE:
            if route.name in SURVEY_MAIL:
                continue
            path = path_of(route, rows) if route.takes_arguments else f"/{route.pattern}"
            for send in (client.get, client.post) if name == "alice" else (client.get,):
                with transaction.atomic():
                    answer = send(path)
                    transaction.set_rollback(True)
                found = strange(answer, known)
                if found:
                    wrong.setdefault(route.name, []).extend(found)

    assert not wrong, listed(wrong)


def listed(wrong: dict[str, list[str]]) -> str:
    return "\n".join(f"{name}: {each}" for name in wrong for each in sorted({*wrong[name]}))


def strange(answer, known: list[str]) -> list[str]:
    kind = answer.get("Content-Type", "")
    if answer.streaming or not kind.startswith(("text/html", "image/svg")):
        return []
    found = []
    for piece in untranslated(answer.content.decode().replace("<wbr>", "")):
        rest = piece
        for word in known:
            rest = rest.replace(word, " ")
        if re.search(r"[^\W\d_]{2}", rest):
            found.append(piece)
    return found


# --- That no machine reads it -------------------------------------------------------------


def test_what_machines_read_of_a_page_is_the_same_in_every_language(account, alice):
    """Coordinates, addresses, values of fields: not one decimal comma."""
    rows = make_rows(NUMBER, account)
    campaign, at = rows[Campaign], timezone.now() - timedelta(days=3)
    for number, score in enumerate((10, 9, 9, 8, 3, 0, 10)):
        contact = kate(account, email=f"kate{number}@example.com")
        survey = ask(contact, campaign, at - timedelta(days=9 * number))
        answer = {"score": score, "campaign": campaign, "account": account}
        Response.objects.create(
            **answer,
            survey=survey,
            contact=contact,
            attributes={"plan": "pro" if score > 7 else "free"},
            responded_at=survey.triggered_at,
            updated_at=survey.triggered_at,
        )
    addresses = [
        path_of(route, rows) if route.takes_arguments else f"/{route.pattern}"
        for route in PRIVATE
    ]
    addresses += [
        f"{path}?range=all&key=plan"
        for path in addresses
        if path == "/" or "attribute" in path or path.startswith("/results/")
    ]
    clients = {"en": Client(), CODE: Client()}
    for client in clients.values():
        client.force_login(alice)
    compared = 0
    for address in addresses:
        english, german = (
            client.get(address, headers={"accept-language": code})
            for code, client in clients.items()
        )
        kind = english.get("Content-Type", "")
        if not english.streaming and kind.startswith(("text/html", "image/svg")):
            # What is sorted by its words stands in another order.
            first, second = (
                Counter(read_by_machines(answer.content.decode()))
                for answer in (english, german)
            )
            assert (first - second, second - first) == ({}, {}), address
            compared += 1
    assert compared > 50
