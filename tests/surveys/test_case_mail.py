"""Replies and forwards leave through a real mail server, and say on the case if not."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from contacts.models import Suppression
from contacts.suppression import suppress
from surveys.erasing import forget_surveys
from surveys.inbox.mailing import send_case_mails
from surveys.models import Case, CaseMail, SurveyEmail
from surveys.responding import record_response
from surveys.sending.posting import LEASE
from tests.surveys.asked import ask, kate

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _clock(now):
    with time_machine.travel(now + HOUR, tick=False):
        yield


@pytest.fixture
def case(account, campaign, now):
    survey = ask(kate(account), campaign, now)
    return record_response(survey=survey, score=3, comment="It broke\ntwice", now=now).case


@pytest.fixture
def post(alice_client, case):
    def _post(act: str, **data) -> str:
        answer = alice_client.post(f"/responses/{case.pk}/{act}/", data, follow=True)
        assert answer.status_code in {200, 422}
        return answer.content.decode()

    return _post


@pytest.fixture
def send(now):
    def _send(at=now + HOUR) -> int:
        return send_case_mails(clock=lambda: at)

    return _send


def test_a_reply_stands_in_the_thread_of_the_survey_mail(
    alice, case, post, send, smtp_sink
):
    page = post("reply", text="Hello Kate,\nwe are sorry.", closes="on")
    assert "Your reply is on its way. The case is closed." in page
    assert send() == 1
    assert send() == 0

    (mail,) = smtp_sink.mails
    asked = SurveyEmail.objects.get().email_message_id
    assert smtp_sink.recipients == ["kate@example.com"]
    assert mail["Subject"] == "Re: How did we do?"
    assert mail["From"].startswith('"Alice (Acme)" <')
    assert mail["Reply-To"] == "alice@example.com"
    assert (mail["In-Reply-To"], mail["References"]) == (asked, asked)
    assert "List-Unsubscribe" not in mail
    assert "Auto-Submitted" not in mail
    text = mail.get_content().replace("\r\n", "\n")
    assert text == "Hello Kate,\nwe are sorry.\n\n> 3/10\n> It broke\n> twice\n"
    events = case.events.values_list("kind", flat=True)
    assert list(events) == ["replied", "closed"]


def test_nothing_is_sent_without_words(post, send, smtp_sink, case):
    assert "Write something first." in post("reply", text="  ", closes="on")
    assert send() == 0
    case.refresh_from_db()
    assert case.is_open


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("bounced", "came back"),
        ("complained", "as spam"),
        ("manual", "has stopped the mail"),
    ],
)
def test_who_must_not_be_written_to_is_not(account, case, post, now, reason, words):
    suppress(account=account, email="kate@example.com", reason=reason, now=now)
    assert words in post("reply", text="Hello")
    assert not CaseMail.objects.exists()


def test_who_only_wants_no_more_surveys_is_replied_to(
    account, case, alice_client, post, send, now, smtp_sink
):
    unsubscribed = Suppression.Reason.UNSUBSCRIBED
    suppress(account=account, email="kate@example.com", reason=unsubscribed, now=now)
    page = alice_client.get(f"/responses/{case.pk}/").content.decode()
    assert "They unsubscribed from surveys." in page
    post("reply", text="Thank you.")
    assert send() == 1


def test_who_complains_meanwhile_gets_no_reply_and_the_case_opens_again(
    account, case, alice_client, post, send, now, smtp_sink
):
    post("reply", text="Hello", closes="on")
    suppress(account=account, email="kate@example.com", reason="complained", now=now)
    assert send() == 0
    assert not smtp_sink.mails
    case.refresh_from_db()
    assert case.is_open
    page = alice_client.get(f"/responses/{case.pk}/").content.decode()
    assert "The reply could not be sent, so this is open." in page
    assert "They reported our mail as spam" in page


def test_a_refused_address_is_shown_and_tried_again_when_somebody_says_so(
    case, alice_client, post, send, smtp_sink
):
    post("reply", text="Hello", closes="on")
    smtp_sink.answer("rcpt", "550 5.1.1 no such user")
    assert send() == 0
    page = alice_client.get(f"/responses/{case.pk}/").content.decode()
    assert "The mail server refused the address. 550 5.1.1 no such user" in page
    smtp_sink.behave()

    mail = CaseMail.objects.get()
    assert "on its way once more" in post("again", mail=mail.pk)
    assert send() == 1
    assert "Nothing changed" in post("again", mail=mail.pk)


def test_a_reply_that_may_have_left_is_not_sent_again_by_itself(
    case, alice_client, post, send, now, smtp_sink
):
    post("reply", text="Hello")
    # As if the worker had died before it could write down that the mail was gone.
    CaseMail.objects.update(status="sending", lease_until=now + HOUR + LEASE)
    assert send(now + HOUR + LEASE + MINUTE) == 0
    page = alice_client.get(f"/responses/{case.pk}/").content.decode()
    assert "It may have arrived, or not." in page

    smtp_sink.drop("dot")
    post("again", mail=CaseMail.objects.get().pk)
    assert send() == 0
    assert CaseMail.objects.get().status == "uncertain"


def test_what_is_pressed_twice_is_sent_and_noted_once(
    alice_client, case, post, send, smtp_sink
):
    seen = str(alice_client.get(f"/responses/{case.pk}/").context["seen"])
    forward = {"forward-to": "eve@example.com", "forward-words": "Can you look?"}
    for _ in range(2):
        page = post("reply", text="Hello\r\nKate", closes="on", seen=seen)
        assert "Your reply is on its way. The case is closed." in page
        assert "Forwarded to eve@example.com." in post("forward", **forward, seen=seen)
        note = {"act": "note", "text": "Call\r\nher", "seen": seen}
        path = f"/responses/{case.pk}/act/"
        assert "Noted." in alice_client.post(path, note, follow=True).text

    assert send() == 2
    assert sorted(smtp_sink.recipients) == ["eve@example.com", "kate@example.com"]
    kinds = sorted(case.events.values_list("kind", flat=True))
    assert kinds == ["closed", "forwarded", "note", "replied"]
    seen = str(alice_client.get(f"/responses/{case.pk}/").context["seen"])
    post("reply", text="Hello\r\nKate", seen=seen)
    assert send() == 1, "who reads the page again may say the same again"


def test_who_replies_from_an_old_page_reads_first_what_happened_meanwhile(
    alice_client, bob, case, post, send, now
):
    def page_seen():
        return str(alice_client.get(f"/responses/{case.pk}/").context["seen"])

    seen, client = page_seen(), Client()
    client.force_login(bob)
    client.post(f"/responses/{case.pk}/reply/", {"text": "Hi Kate", "seen": seen})
    page = post("reply", text="Dear Kate", seen=seen)
    assert "Bob has replied meanwhile" in page
    assert "Hi Kate" in page
    assert "Dear Kate</textarea>" in page
    assert send() == 1

    seen = page_seen()
    survey = case.response.survey
    record_response(survey=survey, score=9, comment="Mended, thanks", now=now + HOUR)
    page = post("reply", text="Dear Kate", seen=seen)
    assert "The answer was changed meanwhile" in page
    assert "Mended, thanks" in page
    assert send() == 0

    post("reply", text="Dear Kate", seen=page_seen())
    assert send() == 1


def test_a_case_is_shown_to_a_colleague(case, post, send, smtp_sink):
    assert "Enter a valid email address." in post("forward", **{"forward-to": "nobody"})
    form = {"forward-to": "eve@example.com", "forward-words": "Can you look?"}
    assert "Forwarded to eve@example.com." in post("forward", **form)
    assert send() == 1

    (mail,) = smtp_sink.mails
    assert smtp_sink.recipients == ["eve@example.com"]
    assert mail["Subject"] == "3 of 10 from Kate: After an order"
    assert mail["Reply-To"] == "alice@example.com"
    text = mail.get_content()
    assert text.startswith("Can you look?")
    assert "“It broke" in text
    assert f"/responses/{case.pk}/" in text


def test_erasing_the_person_removes_what_was_written_to_them(
    case, alice_client, post, send, now, smtp_sink
):
    post("reply", text="Dear Kate")
    forget_surveys(contact=case.response.contact, now=now)
    assert send() == 0
    assert not CaseMail.objects.exists()
    page = alice_client.get(f"/responses/{case.pk}/").content.decode()
    assert "Its words were removed" in page
    assert "nobody to reply to" in post("reply", text="Hello")
    assert Case.objects.count() == 1


def test_a_slow_worker_sends_no_reply_that_is_called_uncertain_by_then(
    post, now, smtp_sink
):
    """It may be sent again by hand at that moment."""
    post("reply", text="One")
    post("reply", text="Two")
    looks = 0

    def slow():
        nonlocal looks
        looks += 1
        if looks == 2:
            send_case_mails(clock=lambda: now + HOUR + LEASE + MINUTE)
        return now + HOUR

    assert send_case_mails(clock=slow) == 0
    assert len(smtp_sink.envelopes) == 1
    statuses = CaseMail.objects.order_by("pk").values_list("status", flat=True)
    assert list(statuses) == ["uncertain", "sent"]
