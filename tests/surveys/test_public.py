"""What a respondent, a mail program and a mail scanner see behind the links of a mail."""

from __future__ import annotations

import base64
import random
import re
from datetime import timedelta
from email import message_from_bytes, policy
from html import unescape
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse

from campaigns.template_versions import version_of
from contacts.models import Suppression
from promoter.lib.signing import make_token
from surveys.delivery import deliver_due
from surveys.models import Response
from surveys.sending import transport
from surveys.sending.composing import compose
from tests.surveys.asked import ask, kate, statuses
from tests.surveys.outbox import schedule

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def client():
    """A stranger's browser: it has no cookie, and the CSRF check is on."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def survey(account, campaign, now):
    return ask(kate(account), campaign, now, reminder="scheduled")


@pytest.fixture
def page(survey):
    return reverse("survey", args=[survey.token])


@pytest.fixture
def way_out(survey):
    return reverse("unsubscribe", args=[survey.unsubscribe_token])


def chosen(html):
    return re.findall(r'value="(\d+)" required checked', html)


# --- The question ------------------------------------------------------------


def test_the_link_of_a_nine_opens_the_page_with_nine_chosen(client, page):
    answer = client.get(f"{page}?score=9")

    html = answer.content.decode()
    assert answer.status_code == 200
    assert "How likely are you to recommend Acme to a friend or colleague?" in html
    assert len(re.findall(r'type="radio"', html)) == 11
    assert chosen(html) == ["9"]
    assert "Send my answer" in html


@pytest.mark.either_database
@pytest.mark.parametrize("score", ["", "11", "-1", "9.0", "9 ", "nine", "９", "1e1"])
def test_a_score_that_is_none_chooses_nothing(client, page, score):
    assert chosen(client.get(page, {"score": score}).content.decode()) == []


def test_one_press_records_score_and_comment(client, page, now):
    with time_machine.travel(now, tick=False):
        sent = client.post(page, {"score": "9", "comment": "Quick!"})

    assert sent.status_code == 303
    assert sent.url == f"{page}thanks/"
    response = Response.objects.get()
    assert (response.score, response.comment) == (9, "Quick!")
    assert response.responded_at == now
    thanks = client.get(sent.url).content.decode()
    assert "Every answer is read by a person." in thanks
    assert "9 out of 10" in thanks
    assert "Quick!" in thanks
    assert "Change my answer" in thanks


def test_a_changed_mind_starts_from_what_was_said(client, page):
    client.post(page, {"score": "9", "comment": "Quick!"})

    html = client.get(page).content.decode()
    assert chosen(html) == ["9"]
    assert "Quick!</textarea>" in html
    assert "You gave 9 on" in html

    client.post(page, {"score": "2", "comment": "It broke."})
    assert list(Response.objects.values_list("score", "comment")) == [(2, "It broke.")]


def test_the_mails_other_link_chooses_the_other_score(client, page):
    client.post(page, {"score": "9"})

    assert chosen(client.get(f"{page}?score=4").content.decode()) == ["4"]


@pytest.mark.parametrize("score", [None, "", "11", "-1", "0x9", "९"])
def test_an_answer_without_a_score_is_asked_again_and_the_words_are_kept(
    client, page, score
):
    form = {"comment": "Words"} | ({} if score is None else {"score": score})

    again = client.post(page, form)

    assert again.status_code == 422
    html = again.content.decode()
    assert "Please choose a number from 0 to 10." in html
    assert "Words</textarea>" in html
    assert not Response.objects.exists()


def test_the_thanks_come_after_the_answer(client, page):
    early = client.get(f"{page}thanks/")

    assert early.status_code == 302
    assert early.url == page


@pytest.mark.either_database
def test_the_thanks_know_the_persons_name(client, page, template):
    template.thank_you = "Thank you, {{ contact.first_name }} of {{ account.name }}."
    template.save()
    client.post(page, {"score": "9"})

    assert "Thank you, Kate of Acme." in client.get(f"{page}thanks/").content.decode()


@pytest.mark.either_database
def test_what_people_write_is_shown_and_not_run(client, page, template):
    template.brand = template.thank_you = "<script>alert(1)</script>"
    template.save()
    client.post(page, {"score": "9", "comment": "</textarea><script>alert(2)</script>"})

    for address in (page, f"{page}thanks/"):
        assert "<script" not in client.get(address).content.decode()


@pytest.mark.either_database
def test_both_spellings_answer_without_a_redirect(client, page):
    assert client.get(page.rstrip("/")).status_code == 200
    assert client.post(page.rstrip("/"), {"score": "9"}).status_code == 303


# --- Nobody but the respondent -------------------------------------------------


def links_of(survey, now):
    """Every address in the mail as it goes out: text, HTML and List-Unsubscribe."""
    mail = compose(survey.emails.get(kind="invitation"), now=now).message().as_bytes()
    parts = message_from_bytes(mail, policy=policy.default).walk()
    words = [unescape(part.get_content()) for part in parts if not part.is_multipart()]
    words.append(message_from_bytes(mail, policy=policy.default)["List-Unsubscribe"])
    return set(re.findall(rf"{settings.SITE_URL}(/[^\s\"'<>]*)", "\n".join(words)))


def test_a_scanner_that_opens_every_link_of_the_mail_records_nothing(
    client, page, way_out, survey, now
):
    links = links_of(survey, now)
    assert {page + f"?score={n}" for n in range(11)} | {way_out} <= links

    for link in [*links, f"{page}thanks/"]:
        for ask_for in (client.head, client.get, client.options):
            assert ask_for(link).status_code in {200, 302, 405}

    assert not Response.objects.exists()
    assert not Suppression.objects.exists()
    assert statuses(survey) == {"invitation": "sent", "reminder": "scheduled"}


def bad_tokens(survey):
    good = survey.token
    flipped = ("B" if good[0] == "A" else "A") + good[1:]
    yield from ["x", "x" * 32, "é" * 32, "A" * 32, good[:-1], good + "A", flipped]
    yield good[:-1] + ("A" if good[-1] != "A" else "B")
    yield survey.unsubscribe_token
    yield make_token("survey", survey.pk + 1)  # ours, for a row that isn't there
    yield make_token("survey", 2**63)  # beyond any id


@pytest.mark.either_database
def test_every_token_that_opens_nothing_gets_the_same_page(client, survey):
    pages = set()
    for token in bad_tokens(survey):
        for ask_for in (client.get, client.post):
            answer = ask_for(f"/s/{token}/", {"score": "9"})
            assert answer.status_code == 404
            pages.add(answer.content)

    assert len(pages) == 1
    assert "cut a long link in two" in pages.pop().decode()
    assert not Response.objects.exists()


def test_guessing_finds_nothing(client, survey):
    chance = random.Random(1)
    for _ in range(100):
        mac = chance.randbytes(16)
        token = base64.urlsafe_b64encode(survey.pk.to_bytes(8, "big") + mac).decode()
        assert client.post(f"/s/{token}/", {"score": "0"}).status_code == 404
        assert client.post(f"/u/{token}/", ONE_CLICK).status_code == 404

    assert not Response.objects.exists()
    assert not Suppression.objects.exists()


def test_the_survey_of_an_erased_person_is_closed(client, page, survey):
    survey.contact.delete()

    for address in (page, f"{page}thanks/"):
        closed = client.get(address)
        assert closed.status_code == 410
        assert "has been erased" in closed.content.decode()
    assert client.post(page, {"score": "9"}).status_code == 410
    assert not Response.objects.exists()


@pytest.mark.either_database
def test_the_pages_leave_no_trace(client, page, way_out):
    client.post(page, {"score": "9"})
    for address in (page, f"{page}thanks/", way_out, "/s/nothing/"):
        answer = client.get(address)
        assert not answer.cookies
        assert "Cookie" not in answer.headers.get("Vary", "")
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert "no-store" in answer.headers["Cache-Control"]
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    posted = client.post(page, {"score": "8"})
    assert not posted.cookies
    assert posted.headers["Referrer-Policy"] == "no-referrer"


def test_a_page_is_light_and_comes_from_us_alone(client, page):
    html = client.get(f"{page}?score=9").content
    style = Path(finders.find("survey.css")).read_bytes()

    assert len(html) + len(style) < 30_000
    assert b"<script" not in html
    assert b"style=" not in html
    links = re.findall(rb'(?:href|src|action)="([^"]*)"', html)
    assert all(link.startswith((b"/", b"data:,")) for link in links)
    assert b"url(" not in style and b"@import" not in style


def test_opening_the_page_is_a_question_and_a_note(
    client, page, survey, now, django_assert_num_queries
):
    template = survey.campaign.email_template
    survey.emails.update(template_version=version_of(template=template, now=now))
    client.get(page)
    with django_assert_num_queries(2):
        client.get(page)


# --- The way out -----------------------------------------------------------------


def test_the_page_names_the_address_only_to_who_knows_it(client, way_out):
    html = client.get(way_out).content.decode()

    assert "Get no more surveys from Acme?" in html
    assert "k•••@example.com" in html
    assert "kate" not in html


def test_one_press_unsubscribes(client, way_out, survey):
    done = client.post(way_out)

    assert done.status_code == 200
    assert "You won’t get surveys from Acme any more" in done.content.decode()
    assert Suppression.objects.get().email == "kate@example.com"
    assert statuses(survey)["reminder"] == "cancelled"
    assert "any more" in client.get(way_out).content.decode()


@pytest.mark.parametrize("spelling", ["", "/"])
@pytest.mark.parametrize("form", ["urlencoded", "multipart"])
def test_a_mail_programs_one_click_is_answered_as_rfc_8058_says(
    client, way_out, form, spelling
):
    address = way_out.rstrip("/") + spelling
    for _ in range(2):
        if form == "urlencoded":
            done = client.post(
                address,
                "List-Unsubscribe=One-Click",
                content_type="application/x-www-form-urlencoded",
            )
        else:
            done = client.post(address, ONE_CLICK)
        assert done.status_code == 200
        assert done.content == b""
        assert not done.cookies

    assert Suppression.objects.get().reason == "unsubscribed"


def test_one_click_holds_for_the_very_next_mail(client, campaign, now, smtp_sink):
    """Of three who are due the one who leaves is not mailed; everybody else is."""
    mails = schedule(campaign, now, number=3)
    token = mails[1].survey.unsubscribe_token

    assert client.post(f"/u/{token}/", ONE_CLICK).status_code == 200
    with transport.connection() as way_out:
        deliver_due(clock=lambda: now, transport=way_out, limit=timedelta(seconds=20))

    assert sorted(smtp_sink.recipients) == ["person0@example.com", "person2@example.com"]
    assert mails[1].survey.emails.get().status == "cancelled"
    mails[1].survey.refresh_from_db()
    assert mails[1].survey.skip_reason == "suppressed"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded", b"\xff\xfe%00%zz=1&&&"),
        ("multipart/form-data; boundary=x", b"not a form at all"),
        ("multipart/form-data", b"no boundary"),
        ("application/x-www-form-urlencoded", b"&".join([b"a=1"] * 2_000)),
        ("application/json", b"{"),
        ("", b""),
    ],
)
def test_a_body_that_is_no_form_still_unsubscribes_and_breaks_nothing(
    client, way_out, content_type, body
):
    done = client.generic("POST", way_out, body, content_type=content_type)

    assert done.status_code == 200
    assert Suppression.objects.exists()


def test_an_unknown_token_unsubscribes_nobody(client, survey):
    for token in ("x" * 32, survey.token, make_token("unsubscribe", survey.pk + 1)):
        assert client.post(f"/u/{token}/", ONE_CLICK).status_code == 404
        assert client.post(f"/u/{token}", ONE_CLICK).status_code == 404

    assert not Suppression.objects.exists()


@pytest.mark.either_database
@pytest.mark.parametrize("method", ["put", "patch", "delete", "trace"])
def test_other_methods_are_refused(client, page, way_out, method):
    for address in (page, way_out):
        assert getattr(client, method)(address).status_code == 405


def test_links_outlive_a_new_secret_key(client, page, settings):
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another"

    assert client.get(page).status_code == 200
