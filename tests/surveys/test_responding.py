"""An answer is kept once, the later word counts, and nothing more is sent for it."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection

from surveys.erasing import forget_surveys
from surveys.models import Response, Survey
from surveys.responding import PersonErased, record_response
from tests.surveys.asked import ask, kate, statuses


@pytest.fixture
def survey(account, campaign, now):
    contact = kate(account, attributes={"plan": "gold"})
    return ask(contact, campaign, now, reminder="scheduled")


def test_an_answer_is_kept_with_who_gave_it_as_they_were(survey, now):
    response = record_response(survey=survey, score=9, comment=" Quick!\r\n ", now=now)

    response.refresh_from_db()
    assert (response.score, response.comment) == (9, "Quick!")
    assert (response.account, response.campaign) == (survey.account, survey.campaign)
    assert response.contact == survey.contact
    assert response.attributes == {"plan": "gold"}
    assert response.responded_at == response.updated_at == now


def test_the_later_word_replaces_the_earlier_and_the_day_stays(survey, now):
    record_response(survey=survey, score=9, comment="Quick!", now=now)
    survey.contact.attributes = {"plan": "none"}
    later = now + timedelta(days=2)

    record_response(survey=survey, score=3, comment="It broke.", now=later)

    response = Response.objects.get()
    assert (response.score, response.comment) == (3, "It broke.")
    assert (response.responded_at, response.updated_at) == (now, later)
    assert response.attributes == {"plan": "gold"}


def test_the_same_answer_again_changes_nothing(survey, now):
    record_response(survey=survey, score=9, comment="Quick!", now=now)
    record_response(
        survey=survey, score=9, comment="Quick!", now=now + timedelta(seconds=1)
    )

    assert Response.objects.get().updated_at == now


@pytest.mark.parametrize("score", [-1, 11])
def test_what_is_no_score_is_refused(survey, now, score):
    with pytest.raises(ValueError, match="not a score"):
        record_response(survey=survey, score=score, comment="", now=now)


def test_who_answered_gets_no_reminder(survey, now):
    record_response(survey=survey, score=9, comment="", now=now)

    assert statuses(survey) == {"invitation": "sent", "reminder": "cancelled"}


def test_others_still_get_theirs(survey, account, campaign, now):
    other = ask(kate(account, "joe@example.com"), campaign, now, reminder="scheduled")

    record_response(survey=survey, score=9, comment="", now=now)

    assert statuses(other)["reminder"] == "scheduled"


def test_an_answer_proves_that_an_uncertain_mail_arrived(account, campaign, now):
    due = now - timedelta(hours=5)
    survey = ask(kate(account), campaign, due, invitation="uncertain")

    record_response(survey=survey, score=9, comment="", now=now)

    survey.refresh_from_db()
    assert statuses(survey) == {"invitation": "sent"}
    assert survey.asked_at == survey.emails.get().sent_at == due


def test_an_answer_to_the_reminder_says_nothing_about_the_uncertain_first_mail(
    account, campaign, now
):
    survey = ask(kate(account), campaign, now, invitation="uncertain", reminder="sent")

    record_response(survey=survey, score=9, comment="", now=now)

    assert statuses(survey) == {"invitation": "uncertain", "reminder": "sent"}


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("a\0b", "ab"),
        ("half \ud83d pair", "half \ufffd pair"),
        ("x" * 6000, "x" * 5000),
        ("مرحبا 👋🏽", "مرحبا 👋🏽"),
    ],
)
def test_every_text_can_be_kept(survey, now, written, kept):
    response = record_response(survey=survey, score=9, comment=written, now=now)

    response.refresh_from_db()
    assert response.comment == kept


def test_who_was_erased_while_the_page_stood_open_leaves_no_answer(survey, now):
    erased = Survey.objects.get(pk=survey.pk)
    forget_surveys(contact=erased.contact, now=now)
    erased.contact.delete()

    with pytest.raises(PersonErased):
        record_response(survey=survey, score=9, comment="It was me", now=now)

    assert not Response.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_answers_at_the_same_moment_make_one_row(survey, now):
    start = threading.Barrier(6)
    failures = []

    def answer(score):
        try:
            start.wait(60)
            record_response(survey=survey, score=score, comment=f"I gave {score}", now=now)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=answer, args=(score,)) for score in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert failures == []
    response = Response.objects.get()
    assert response.comment == f"I gave {response.score}"
