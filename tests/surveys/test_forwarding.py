"""An answer reaches the people whom the campaign names, once its words are complete."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils.translation import trans_real

from surveys.answering.forwarding import forward_due
from surveys.erasing import forget_surveys
from surveys.models import ForwardedResponse
from surveys.responding import record_response
from surveys.sending.posting import LEASE, Outbox, _claim
from tests.marks import CODE, OPEN, SHUT, Brackets
from tests.surveys.asked import ask, kate

TEAM = ["team@example.com", "boss@example.com"]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def survey(account, campaign, now):
    campaign.forward_to = TEAM
    campaign.save()
    return ask(kate(account), campaign, now)


def run(at) -> int:
    return forward_due(clock=lambda: at)


def test_score_and_comment_come_in_one_mail_that_can_be_answered(survey, now, smtp_sink):
    record_response(survey=survey, score=3, comment="", now=now)
    half = now + MINUTE / 2
    record_response(survey=survey, score=3, comment="It broke – twice.", now=half)

    assert run(now + MINUTE) == 0
    assert run(half + MINUTE) == 1
    assert run(half + timedelta(hours=1)) == 0

    (mail,) = smtp_sink.mails
    assert sorted(smtp_sink.recipients) == sorted(TEAM)
    assert mail["Subject"] == "3 of 10 from Kate: After an order"
    assert mail["Reply-To"] == "kate@example.com"
    assert mail["Auto-Submitted"] == "auto-generated"
    plain, html = [part.get_content() for part in mail.iter_parts()]
    assert "Kate answered 3 of 10 (detractor)." in plain
    assert "<strong>Kate</strong> answered 3 of 10 (detractor)." in html
    for text in (plain, html):
        assert "It broke – twice." in text
        assert f"/contacts/{survey.contact_id}/" in text


def test_what_people_write_stays_text(survey, now, smtp_sink):
    record_response(survey=survey, score=3, comment="<b>1</b> & 2\n\nBye", now=now)
    run(now + MINUTE)

    plain, html = [part.get_content() for part in smtp_sink.mails[0].iter_parts()]
    assert "“<b>1</b> & 2" in plain
    assert "<p>&lt;b&gt;1&lt;/b&gt; &amp; 2</p>" in html


def test_a_change_of_mind_is_mailed_again(survey, now, smtp_sink):
    record_response(survey=survey, score=3, comment="", now=now)
    run(now + MINUTE)
    record_response(survey=survey, score=7, comment="", now=now + 2 * MINUTE)
    record_response(survey=survey, score=9, comment="", now=now + 2 * MINUTE)
    assert run(now + 3 * MINUTE) == 1
    record_response(survey=survey, score=9, comment="Fine", now=now + 4 * MINUTE)
    assert run(now + 5 * MINUTE) == 1

    words = [part.get_content() for mail in smtp_sink.mails for part in mail.iter_parts()]
    for text in words[2:4]:
        assert "changed their answer from 3 to 9 of 10 (promoter)." in text
    for text in words[4:]:
        assert "changed what they wrote; their answer is still 9 of 10" in text


@pytest.mark.parametrize(
    ("when", "score", "comment", "mails"),
    [
        ("always", 10, "", 1),
        ("detractors", 6, "", 1),
        ("detractors", 7, "Meh.", 0),
        ("comments", 9, "", 0),
        ("comments", 9, "Quick!", 1),
    ],
)
def test_a_campaign_chooses_which(survey, now, smtp_sink, when, score, comment, mails):
    survey.campaign.forward_when = when
    survey.campaign.save()
    record_response(survey=survey, score=score, comment=comment, now=now)
    assert run(now + MINUTE) == mails == len(smtp_sink.mails)


def test_without_addresses_nothing_waits(survey, now):
    survey.campaign.forward_to = []
    survey.campaign.save()
    record_response(survey=survey, score=3, comment="", now=now)
    assert not ForwardedResponse.objects.exists()


def test_who_is_erased_meanwhile_is_not_forwarded(survey, now, smtp_sink):
    record_response(survey=survey, score=3, comment="I am Kate", now=now)
    forget_surveys(contact=survey.contact, now=now)
    assert run(now + MINUTE) == 0
    assert not smtp_sink.mails


def test_while_the_mail_server_is_away_the_answer_waits(survey, now, settings, smtp_sink):
    record_response(survey=survey, score=3, comment="", now=now)
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    assert run(now + MINUTE) == 0
    settings.EMAIL_PORT = port
    row = ForwardedResponse.objects.get()
    assert (row.status, row.due_at) == ("waiting", now + 2 * MINUTE)
    assert run(row.due_at) == 1
    assert ForwardedResponse.objects.get().error == ""


def test_for_three_days_at_the_longest(survey, now, settings, smtp_sink):
    record_response(survey=survey, score=3, comment="", now=now)
    settings.EMAIL_PORT = 1
    ForwardedResponse.objects.update(failing_since=now - timedelta(days=3))
    run(now + MINUTE)
    assert ForwardedResponse.objects.get().status == "failed"


def test_a_dead_workers_mail_goes_out_under_the_same_message_id(survey, now, smtp_sink):
    record_response(survey=survey, score=3, comment="", now=now)
    run(now + MINUTE)
    # As if the worker had died before it could write down that the mail was gone.
    ForwardedResponse.objects.update(
        status="sending", sent_at=None, lease_until=now + MINUTE + LEASE
    )
    assert run(now + MINUTE + LEASE) == 0
    assert run(now + MINUTE * 2 + LEASE) == 1
    first, second = smtp_sink.mails
    assert first["Message-ID"] == second["Message-ID"]


def test_one_that_kills_every_worker_is_given_up_after_three_days(survey, now):
    record_response(survey=survey, score=3, comment="", now=now)
    box = Outbox(ForwardedResponse.objects.all(), lambda row, connection: None)
    at, tries = now + timedelta(minutes=2), 0
    while ForwardedResponse.objects.get().status != "failed":
        # As a worker does that dies at once: it claims, and is never heard of again.
        _claim(box, now=at)
        at += LEASE + timedelta(hours=6)
        tries += 1
        assert tries < 20

    assert "worker died" in ForwardedResponse.objects.get().error


def test_it_is_in_the_language_that_all_its_readers_chose(
    survey, alice, bob, now, smtp_sink, settings, monkeypatch
):
    settings.LANGUAGES = [("en", "English"), (CODE, "Brackets")]
    monkeypatch.setitem(trans_real._translations, CODE, Brackets())
    type(alice).objects.filter(pk__in=[alice.pk, bob.pk]).update(language=CODE)
    readers = [[alice.email], [bob.email.upper(), alice.email], [alice.email, TEAM[0]]]
    for minutes, to in enumerate(readers, 1):
        survey.campaign.forward_to = to
        survey.campaign.save()
        at = now + minutes * 5 * MINUTE
        record_response(survey=survey, score=minutes, comment="", now=at)
        run(at + MINUTE)

    theirs, both, mixed = smtp_sink.mails
    assert theirs["Subject"] == f"{OPEN}1 of 10 from Kate: After an order{SHUT}"
    html = both.get_body(("html",)).get_content()
    assert f'<html lang="{CODE}">' in html
    assert f"{OPEN}<strong>Kate</strong> changed their answer from 1 to 2 of 10" in html
    assert mixed["Subject"] == "3 of 10 from Kate: After an order"
