"""Mail and pages in each respondent's language, and the catalogues they come from."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse

from campaigns.languages import ENGLISH, LANGUAGES, find_language, language_of
from campaigns.rendering import unknown_placeholders
from campaigns.starters import starter
from surveys.models import Response, SurveyEmail
from surveys.sending.composing import compose
from tests.catalogues import marked_in, path_of, read, written
from tests.harness.smtp_sink import parse
from tests.surveys.asked import ask, kate

pytestmark = pytest.mark.either_database

TRANSLATED = [language.code for language in LANGUAGES if language is not ENGLISH]
PUBLIC = settings.BASE_DIR / "templates" / "surveys" / "public"
# What a respondent may read.
RESPONDENTS = [
    *PUBLIC.glob("*.html"),
    *(settings.BASE_DIR / "templates" / "emails").glob("survey.*"),
    *(
        settings.BASE_DIR / module
        for module in (
            "campaigns/rendering.py",
            "campaigns/starters.py",
            "surveys/sending/writing.py",
        )
    ),
]
QUESTIONS = {
    "de": "Wie wahrscheinlich ist es, dass Sie Acme einem Freund oder Kollegen "
    "weiterempfehlen?",
    "ja": "Acmeを友人や同僚に薦める可能性はどのくらいありますか？",
    "ar": "ما مدى احتمال أن توصي بـ Acme لصديق أو زميل؟",
}


@pytest.fixture
def asked(account, campaign, now):
    """Ask somebody with these attributes: the survey, and the mail as it goes out."""

    def run(**attributes):
        survey = ask(kate(account, attributes=attributes), campaign, now)
        mail = compose(survey.emails.get(), now=now)
        return survey, parse(mail.message().as_bytes())

    return run


def html_of(mail):
    return mail.get_body(("html",)).get_content()


# --- Whose language it is ------------------------------------------------------------


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("de", "de"),
        ("de-AT", "de"),
        ("DE_de", "de"),
        (" sv_SE.UTF-8 ", "sv"),
        ("ca_ES@valencia", None),
        ("pt", "pt"),
        ("pt-PT", "pt"),
        ("pt_BR", "pt-br"),
        ("zh", "zh-hans"),
        ("zh-CN", "zh-hans"),
        ("zh-Hans-SG", "zh-hans"),
        ("zh_TW", "zh-hant"),
        ("zh-Hant-HK", "zh-hant"),
        ("no", "nb"),
        ("nn-NO", "nb"),
        ("iw", "he"),
        ("en-GB", "en"),
        ("deutsch", None),
        ("", None),
        ("-", None),
        ("x" * 5_000, None),
        (None, None),
        (7, None),
        (["de"], None),
    ],
)
def test_tags_lead_to_the_nearest_language(tag, code):
    found = find_language(tag)
    assert (found.code if found else None) == code


def test_what_a_person_set_goes_before_what_the_device_says():
    both = {"locale": "en-US", "language": "de"}
    assert language_of(both).code == "de"
    assert language_of({"language": "Klingon", "locale": "fr-CA"}).code == "fr"
    assert language_of({"plan": "gold"}, otherwise="ja").code == "ja"
    assert language_of({}, otherwise="tlh") is ENGLISH


# --- The mail --------------------------------------------------------------------------


@pytest.mark.parametrize("code", QUESTIONS)
@pytest.mark.parametrize("chosen_by", ["the contact", "the template"])
def test_the_mail_asks_in_the_language_of_the_contact_else_the_templates(
    asked, template, code, chosen_by
):
    template.language = code if chosen_by == "the template" else "fr"
    _, mail = asked(**({"locale": code} if chosen_by == "the contact" else {}))

    assert QUESTIONS[code] in unescape(html_of(mail))
    assert QUESTIONS[code] in mail.get_body(("plain",)).get_content()
    direction = "rtl" if code == "ar" else "ltr"
    assert f'<html lang="{code}" dir="{direction}"' in html_of(mail)
    assert "How likely" not in html_of(mail)
    assert mail["Subject"] == "How did we do?"


def test_what_the_customer_wrote_is_marked_as_of_its_own_language(asked):
    _, mail = asked(language="he")

    [intro] = re.findall(r'<div lang="en" dir="ltr">(.*?)</div>', html_of(mail), re.DOTALL)
    assert "Hi Kate, thank you for your order." in intro


def test_a_reminders_subject_is_of_one_language(asked, template, now):
    template.language = "de"
    survey, _ = asked(locale="fr")
    survey.emails.update(kind="reminder")
    mail = compose(survey.emails.get(), now=now)

    assert mail.subject == "Erinnerung: How did we do?"
    assert "Nous vous avons sollicité il y a quelques jours" in mail.body


def test_many_languages_cost_no_more_queries(
    account, campaign, now, django_assert_num_queries
):
    for number, language in enumerate(LANGUAGES[:4]):
        attributes = {"language": language.code}
        address, user_id = f"kate{number}@example.com", f"u{number}"
        ask(kate(account, address, user_id=user_id, attributes=attributes), campaign, now)
    mails = list(
        SurveyEmail.objects.select_related(
            "account", "survey__contact", "survey__campaign__email_template"
        )
    )
    with django_assert_num_queries(0):
        bodies = {compose(mail, now=now).body for mail in mails}
    assert len(bodies) == 4


# --- The pages -------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_every_page_speaks_the_language_and_stays_light(asked, language):
    survey, _ = asked(language=language.code)
    client = Client()
    page = reverse("survey", args=[survey.token])
    addresses = [
        page,
        f"{page}answer/",
        reverse("unsubscribe", args=[survey.unsubscribe_token]),
    ]
    first = client.get(page).content.decode()
    client.post(page, {"score": "9", "comment": "Prima"})
    addresses += [f"{page}thanks/", f"{page}answer/delete/"]
    style = Path(finders.find("survey.css")).stat().st_size

    for html in [first, *(client.get(address).content.decode() for address in addresses)]:
        direction = language.direction
        assert f'<html lang="{language.code}" dir="{direction}">' in html
        assert len(html.encode()) + style < 30_000
        if language is not ENGLISH:
            assert not re.search(r"\b(You|your|surveys?|answer) ", _words(html))
    assert re.findall(r'name="score" value="(\d+)"', first) == [str(n) for n in range(11)]
    assert Response.objects.get().score == 9


def _words(html):
    """The text that people see, without what the customer wrote."""
    body = re.sub(r'(?s)^.*<main|<div class="words thanks" lang="en".*?</div>', "", html)
    return re.sub(r"<[^>]*>", " ", body)


def test_without_a_survey_the_browser_says_the_language(db):
    def lost(wanted):
        answer = Client().get("/s/nothing/", headers={"accept-language": wanted})
        return re.search(r'<html lang="([^"]*)"', answer.content.decode())[1]

    assert lost("xx, da;q=0.8, de;q=0.9") == "de"
    assert lost("ar-EG") == "ar"
    assert lost("tlh") == lost("") == lost(";;q=,") == "en"


def test_the_answer_of_an_error_is_in_the_language_too(asked):
    survey, _ = asked(language="nl")
    answer = Client().post(reverse("survey", args=[survey.token]), {"comment": "Goed"})

    assert answer.status_code == 422
    assert "Kies een cijfer van 0 tot en met 10." in answer.content.decode()


# --- A new template --------------------------------------------------------------------


def test_a_new_template_starts_in_the_chosen_language(alice_client):
    form = alice_client.get(reverse("campaign-template-new"), {"language": "de"})

    words = form.context["form"].initial
    assert words["language"] == "de"
    assert words["subject"] == "Wie zufrieden sind Sie mit {{ brand }}?"
    assert "Deutsch (German)" in form.content.decode()


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_the_first_words_of_every_language_may_go_out_as_they_are(account, language):
    words = starter(account, language)

    for text in words.values():
        assert unknown_placeholders(text) == []
    assert "{{ brand }}" in words["subject"]
    assert "{{ brand }}" in words["intro"]
    assert len(words["subject"]) <= 200


# --- The catalogues ----------------------------------------------------------------------

PLACES = re.compile(r"%\(\w+\)[sd]|%")


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_word_for_respondents_is_there_with_its_places(code):
    entries = {
        message: said
        for context, message, said, _ in written(path_of(code, "po"))
        if not context
    }

    for message in marked_in(RESPONDENTS):
        [text] = entries.get(message, [""])
        assert text.strip(), f"{code} lacks: {message}"
        assert sorted(PLACES.findall(text)) == sorted(PLACES.findall(message)), text
        # They stand in HTML as they are.
        assert not re.search(r'[<>&"]', text) or "{{" in text, text


@pytest.mark.parametrize("code", TRANSLATED)
def test_what_is_read_is_what_was_written(code):
    catalogue = read(path_of(code, "mo"))
    told = {}
    for context, message, said, flags in written(path_of(code, "po")):
        if "fuzzy" in flags or not all(said):
            continue
        name = f"{context}\x04{message}" if context else message
        if len(said) == 1:
            told[name] = said[0]
        else:
            told |= {(name, number): text for number, text in enumerate(said)}
    compiled = {name: text for name, text in catalogue._catalog.items() if name}

    assert compiled == told, "run `make messages`"


def test_each_catalogue_belongs_to_a_language():
    there = {path.name for path in (settings.BASE_DIR / "locale").iterdir()}
    assert there == {path_of(code, "po").parts[-3] for code in TRANSLATED}
