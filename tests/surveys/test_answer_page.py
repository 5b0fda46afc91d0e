"""The respondent sees, takes along and deletes what they answered."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from promoter.webhooks.models import Delivery, Endpoint
from surveys.answering.deleting import delete_answer
from surveys.models import (
    ForwardedResponse,
    Response,
    ResponseChange,
    Survey,
    SuspectAnswer,
)
from surveys.responding import record_response
from tests.surveys.asked import ask, kate, statuses

pytestmark = pytest.mark.either_database

LATER = timedelta(days=2)


@pytest.fixture
def client():
    """A stranger's browser: it has no cookie, and the CSRF check is on."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def survey(account, campaign, now):
    campaign.forward_to = ["team@acme.example"]
    campaign.save()
    return ask(kate(account, user_id="u1"), campaign, now, reminder="scheduled")


@pytest.fixture
def page(survey):
    return reverse("survey-answer", args=[survey.token])


@pytest.fixture
def answered(survey, now):
    """Answered, changed, and once pressed by a machine."""
    Endpoint.objects.create(account=survey.account, url="https://hooks.example/")
    record_response(survey=survey, score=9, comment="Quick!", now=now)
    response = record_response(survey=survey, score=2, comment="It broke.", now=now + LATER)
    survey.suspect_answers.create(
        account=survey.account,
        score=10,
        reason="trap",
        answered_at=now,
        status="dropped",
        settled_at=now,
    )
    return response


@pytest.mark.parametrize("came_from", ["survey", "thanks", "unsubscribe", "unsubscribed"])
def test_every_page_behind_the_mail_leads_to_the_answer(client, survey, page, came_from):
    survey_page = reverse("survey", args=[survey.token])
    way_out = reverse("unsubscribe", args=[survey.unsubscribe_token])
    client.post(survey_page, {"score": "9"})
    if came_from == "unsubscribed":
        html = client.post(way_out).content.decode()
    else:
        addresses = {
            "survey": survey_page,
            "thanks": f"{survey_page}thanks/",
            "unsubscribe": way_out,
        }
        html = client.get(addresses[came_from]).content.decode()

    assert f'<a href="{page}">See or delete my answer</a>' in html


def test_the_page_shows_the_answer_what_it_was_and_what_else_is_kept(
    client, page, answered, template
):
    html = client.get(page).content.decode()

    for words in ("2 out of 10", "It broke.", "9 out of 10", "Quick!", "10 out of 10"):
        assert words in html
    assert "23 November 2026" in html
    assert "25 November 2026" in html
    assert "is not counted" in html
    assert "Acme also keeps your address" in html
    assert "reply to the mail that brought you here" in html
    template.reply_to = "privacy@acme.example"
    template.save()
    assert "write to privacy@acme.example" in client.get(page).content.decode()


def test_who_was_forwarded_the_mail_learns_nothing_else_of_the_person(
    client, page, answered, campaign, now
):
    person = answered.contact
    person.attributes, person.last_name = {"plan": "gold"}, "Secret"
    person.save()
    other = ask(person, campaign, now)
    record_response(survey=other, score=0, comment="Of another survey", now=now)

    file = f"{page}file/"
    for text in (client.get(page).content.decode(), client.get(file).content.decode()):
        for secret in ("Of another survey", "gold", "Secret", "kate@", "u1"):
            assert secret not in text


def test_the_answer_can_be_taken_along(client, page, answered):
    file = client.get(f"{page}file/")

    assert file.headers["Content-Disposition"] == 'attachment; filename="answer.json"'
    assert file.headers["Referrer-Policy"] == "no-referrer"
    kept = json.loads(file.content)
    assert kept["question"].startswith("How likely are you to recommend Acme")
    assert kept["answer"] == {
        "score": 2,
        "comment": "It broke.",
        "answered_at": "2026-11-23T12:00:00Z",
        "changed_at": "2026-11-25T12:00:00Z",
    }
    assert [(row["score"], row["comment"]) for row in kept["before"]] == [(9, "Quick!")]
    assert [row["score"] for row in kept["set_aside"]] == [10]


def test_looking_deletes_nothing(client, page, answered):
    for address in (page, f"{page}delete/", f"{page}file/"):
        for look in (client.get, client.head, client.options):
            assert look(address).status_code in {200, 405}

    assert "Delete your answer?" in client.get(f"{page}delete/").content.decode()
    assert Response.objects.exists()
    assert SuspectAnswer.objects.exists()


def test_one_press_after_the_question_deletes_all_of_it(
    client, page, answered, survey, now, alice_client
):
    with time_machine.travel(now + 2 * LATER, tick=False):
        gone = client.post(f"{page}delete/")

    assert (gone.status_code, gone.url) == (303, page)
    for model in (Response, ResponseChange, SuspectAnswer, ForwardedResponse):
        assert not model.objects.exists()
    after = client.get(page).content.decode()
    assert "Your answer is deleted" in after
    assert "It broke." not in after
    # The figures follow, and the team sees whose act it was.
    assert "It broke." not in alice_client.get("/responses/").content.decode()
    timeline = alice_client.get(reverse("contact-timeline", args=[survey.contact_id]))
    assert "Deleted the answer to" in timeline.content.decode()
    contact = alice_client.get(reverse("contact", args=[survey.contact_id]))
    assert "The respondent deleted the answer" in contact.content.decode()


def test_other_systems_are_told_that_and_not_what(client, page, answered, survey):
    told_before = Delivery.objects.count()
    client.post(f"{page}delete/")

    assert told_before == 2
    told = json.loads(Delivery.objects.get().payload)
    assert told["type"] == "response.deleted"
    assert told["data"]["response"] == {"id": answered.pk}
    assert told["data"]["survey"]["id"] == survey.pk
    assert told["data"]["contact"]["user_id"] == "u1"


def test_an_answer_in_quarantine_goes_and_no_reminder_comes(client, page, survey, now):
    survey.suspect_answers.create(
        account=survey.account, score=3, reason="trap", answered_at=now
    )
    client.post(f"{page}delete/")

    assert not SuspectAnswer.objects.exists()
    assert statuses(survey)["reminder"] == "cancelled"
    assert not Delivery.objects.exists()


def test_deleting_again_or_nothing_changes_nothing(client, page, survey, now):
    assert client.get(f"{page}delete/").url == page
    assert client.post(f"{page}delete/").url == page
    html = client.get(page).content.decode()
    assert "There is no answer" in html
    assert "Open the survey" in html
    survey.refresh_from_db()
    assert survey.answer_deleted_at is None
    assert statuses(survey)["reminder"] == "scheduled"

    record_response(survey=survey, score=9, comment="", now=now)
    assert delete_answer(survey=survey, now=now)
    assert not delete_answer(survey=survey, now=now + LATER)
    assert Survey.objects.get().answer_deleted_at == now


def test_who_deleted_may_answer_again(client, page, answered, survey, now):
    client.post(f"{page}delete/")
    with time_machine.travel(now + LATER, tick=False):
        client.post(reverse("survey", args=[survey.token]), {"score": "7"})

    assert Response.objects.get().score == 7
    assert "7 out of 10" in client.get(page).content.decode()


def test_a_closed_survey_still_gives_the_answer_and_lets_it_go(client, page, answered, now):
    with time_machine.travel(now + timedelta(days=400), tick=False):
        html = client.get(page).content.decode()
        assert "It broke." in html
        assert "Change my answer" not in html
        client.post(f"{page}delete/")

    assert not Response.objects.exists()


def test_only_the_surveys_own_token_opens_it(client, page, answered, survey):
    for token in (survey.unsubscribe_token, "x" * 32):
        for name in ("survey-answer", "survey-answer-file", "survey-answer-delete"):
            address = reverse(name, args=[token])
            assert client.get(address).status_code == 404
            assert client.post(address).status_code in {404, 405}

    assert Response.objects.exists()


def test_of_an_erased_person_nothing_is_there(client, page, survey):
    survey.contact.delete()

    for address in (page, f"{page}file/", f"{page}delete/"):
        assert client.get(address).status_code == 410
    assert client.post(f"{page}delete/").status_code == 410
