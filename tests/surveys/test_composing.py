"""The mail that goes out: its words, its links, its headers, whoever receives it."""

from __future__ import annotations

import re
from email.message import EmailMessage
from email.utils import parseaddr, parsedate_to_datetime

import pytest
from django.conf import settings
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from campaigns.models import EmailTemplate
from campaigns.rendering import MAX_OUTPUT
from promoter.accounts.models import Account
from surveys.models import SurveyEmail
from surveys.sending.composing import compose
from surveys.sending.writing import REMINDER, Texts, write
from tests.campaigns.test_rendering import HOSTILE
from tests.harness.smtp_sink import parse
from tests.surveys.outbox import schedule

URLS = {
    "survey_url": "https://nps.example.com/s/token/",
    "unsubscribe_url": "https://nps.example.com/u/token/",
}


@pytest.fixture
def email(campaign, now) -> SurveyEmail:
    [email] = schedule(campaign, now)
    return SurveyEmail.objects.select_related("survey__contact").get(pk=email.pk)


@pytest.fixture
def composed(now):
    """Composes, and parses what a mail program would get."""

    def _composed(email: SurveyEmail) -> EmailMessage:
        return parse(compose(email, now=now).message().as_bytes())

    return _composed


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return part.get_content()


def html_of(mail: EmailMessage) -> str:
    part = mail.get_body(("html",))
    assert part is not None
    return part.get_content()


def links(html: str) -> list[str]:
    return re.findall(r'href="([^"]*)"', html)


def test_the_mail_is_one_question_as_text_and_as_html(email, composed):
    mail = composed(email)
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == [
        "text/plain",
        "text/html",
    ]
    question = "How likely are you to recommend Acme to a friend or colleague?"
    for words in (text_of(mail), html_of(mail)):
        assert question in words
        assert "Hi Pat, thank you for your order." in words
        assert "not at all likely" in words
        assert "extremely likely" in words
        assert "1 Acme Road, Springfield" in words


def test_each_score_is_a_link_in_both_parts(email, composed):
    mail = composed(email)
    page = f"{settings.SITE_URL}/s/{email.survey.token}/"
    expected = [f"{page}?score={score}" for score in range(11)]
    assert [link for link in links(html_of(mail)) if "score" in link] == expected
    assert re.findall(r"\S+score=\d+", text_of(mail)) == expected
    assert page in links(html_of(mail))


def test_the_way_out_stands_in_both_parts_and_in_the_headers(email, composed):
    mail = composed(email)
    way_out = f"{settings.SITE_URL}/u/{email.survey.unsubscribe_token}/"
    assert way_out in links(html_of(mail))
    assert way_out in text_of(mail)
    assert mail["List-Unsubscribe"] == f"<{way_out}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_mailbox_for_unsubscribes_stands_beside_the_link(email, composed, settings):
    settings.LIST_UNSUBSCRIBE_EMAIL = "leave@example.com"
    ways = composed(email)["List-Unsubscribe"].split(", ")
    assert ways[0].startswith("<http")
    token = email.survey.unsubscribe_token
    assert ways[1] == f"<mailto:leave@example.com?subject=unsubscribe%20{token}>"


def test_the_headers_name_sender_recipient_and_the_row(email, composed, now, template):
    EmailTemplate.objects.update(reply_to="team@acme.example")
    email.survey.campaign.email_template.refresh_from_db()
    mail = composed(email)
    assert parseaddr(mail["From"]) == ("Acme", settings.DEFAULT_FROM_EMAIL)
    assert mail["To"] == "person0@example.com"
    assert mail["Subject"] == "How did we do?"
    assert mail["Reply-To"] == "team@acme.example"
    assert parsedate_to_datetime(mail["Date"]) == now
    assert mail["X-Survey-Email"] == str(email.pk)
    assert mail["Auto-Submitted"] is None


def test_the_message_id_is_the_rows_on_every_attempt(email, composed):
    assert composed(email)["Message-ID"] == email.email_message_id
    email.attempt += 1
    assert composed(email)["Message-ID"] == email.email_message_id


def test_a_reminder_says_so_and_leads_to_the_same_page(email, composed):
    invitation = composed(email)
    email.kind = SurveyEmail.Kind.REMINDER
    reminder = composed(email)
    assert reminder["Subject"] == "Reminder: How did we do?"
    assert REMINDER in text_of(reminder)
    assert REMINDER in html_of(reminder)
    assert links(html_of(reminder)) == links(html_of(invitation))


def test_a_reminder_may_have_words_of_its_own(email, composed):
    EmailTemplate.objects.update(
        reminder_subject="Still there, {{ contact.first_name }}?",
        reminder_intro="One click, {{ contact.first_name }}, that is all.",
    )
    email.survey.campaign.email_template.refresh_from_db()
    assert composed(email)["Subject"] == "How did we do?"
    email.kind = SurveyEmail.Kind.REMINDER
    reminder = composed(email)
    assert reminder["Subject"] == "Still there, Pat?"
    for words in (text_of(reminder), html_of(reminder)):
        assert "One click, Pat, that is all." in words
        assert REMINDER not in words
        assert "thank you for your order" not in words


def test_the_mail_needs_no_image_and_no_script_and_fits_dark_and_small(email, composed):
    html = html_of(composed(email))
    assert "<img" not in html
    assert "<script" not in html
    assert "<link" not in html
    assert "url(" not in html
    assert '<meta name="color-scheme" content="light dark">' in html
    assert "@media (prefers-color-scheme: dark)" in html
    assert "@media (max-width" in html
    # Clients that drop the style element still show a scale.
    assert html.count('class="score"') == 11
    assert all("style=" in tag for tag in re.findall(r'<a class="score"[^>]*>', html))


def test_a_name_is_text_wherever_it_stands(email, composed):
    EmailTemplate.objects.update(
        subject="{{ contact.first_name }}?",
        preheader="For {{ contact.first_name }}",
        from_name="Acme for {{ contact.first_name }}",
    )
    email.survey.campaign.email_template.refresh_from_db()
    email.survey.contact.first_name = '<b onclick="x">O\'Neil</b> & Söhne'
    mail = composed(email)
    html = html_of(mail)
    assert "<b onclick" not in html
    assert (
        html.count("&lt;b onclick=&quot;x&quot;&gt;O&#x27;Neil&lt;/b&gt; &amp; Söhne") == 2
    )
    assert '<b onclick="x">O\'Neil</b> & Söhne' in text_of(mail)
    assert mail["Subject"] == '<b onclick="x">O\'Neil</b> & Söhne?'
    assert parseaddr(mail["From"])[1] == settings.DEFAULT_FROM_EMAIL


@pytest.mark.parametrize("name", ["Ann\r\nBcc: eve@example.com", "Ann\nX: 1", "a\0b\x85c"])
def test_a_name_can_not_add_a_header(email, composed, name):
    EmailTemplate.objects.update(
        subject="{{ contact.first_name }}", from_name="{{ contact.first_name }}"
    )
    email.survey.campaign.email_template.refresh_from_db()
    email.survey.contact.first_name = name
    mail = composed(email)
    assert mail["Bcc"] is None
    assert mail["X"] is None
    assert len(mail.get_all("To")) == 1
    assert "\n" not in str(mail["Subject"])


@pytest.mark.parametrize(
    "name", ["Ünïcödé " * 14, "Acme, Inc. (Sales) <x@y.z>", "\"'\\", "日本語" * 30, ""]
)
def test_the_sending_address_is_ours_under_any_name(email, composed, name):
    EmailTemplate.objects.update(from_name=name[:120])
    email.survey.campaign.email_template.refresh_from_db()
    mail = composed(email)
    shown, address = parseaddr(str(mail["From"]))
    assert address == settings.DEFAULT_FROM_EMAIL
    assert shown == (name[:120].strip() or "Acme")


def test_a_subject_that_comes_out_empty_becomes_the_question(email, composed):
    EmailTemplate.objects.update(subject="{{ attribute.nothing }}")
    email.survey.campaign.email_template.refresh_from_db()
    assert composed(email)["Subject"].startswith("How likely are you to recommend Acme")


def test_a_domain_with_umlauts_travels_in_ascii(email, composed):
    email.survey.contact.email = "ann@müller.example"
    assert composed(email)["To"] == "ann@xn--mller-kva.example"


def test_an_edited_template_shows_at_once(email, composed, template):
    composed(email)
    EmailTemplate.objects.update(intro="Something new.")
    email.survey.campaign.email_template.refresh_from_db()
    assert "Something new." in html_of(composed(email))


def test_a_survey_without_a_recipient_is_no_mail(email, now):
    email.survey.contact = None
    with pytest.raises(ValueError, match="recipient"):
        compose(email, now=now)


def test_long_values_can_not_push_out_the_links(template, account):
    template.intro = "{{ attribute.x }}" * 100
    values = {"attribute.x": "<" * 50_000}
    written = write(Texts.of(template, account), values, **URLS)
    assert len(written.html) <= MAX_OUTPUT
    assert len(written.text) <= MAX_OUTPUT
    for words in (written.html, written.text):
        assert words.count("?score=") == 11
        assert URLS["unsubscribe_url"] in words


@hypothesis_settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(subject=HOSTILE, intro=HOSTILE, brand=HOSTILE, name=HOSTILE)
def test_no_template_breaks_the_mail(subject, intro, brand, name):
    template = EmailTemplate(
        subject=subject, intro=intro, brand=brand, from_name=name, preheader=subject
    )
    written = write(
        Texts.of(template, Account(name=brand, postal_address=intro)),
        {"contact.first_name": name},
        **URLS,
    )
    assert max(len(written.html), len(written.text)) <= MAX_OUTPUT
    assert written.html.count("?score=") >= 11
    for words in (written.subject, written.from_name, written.text, written.html):
        words.encode()
    assert "\n" not in written.subject + written.from_name
