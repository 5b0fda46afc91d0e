"""A scanner's answer waits in quarantine; a person's counts, whatever came before."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from promoter.accounts.models import Membership
from promoter.webhooks.models import Delivery, Endpoint
from surveys.models import LinkVisit, Response, ResponseChange, SuspectAnswer
from surveys.responding import record_response
from surveys.sending.composing import compose
from surveys.tasks import prune_visits
from tests.surveys.asked import ask, kate, statuses


@pytest.fixture(autouse=True)
def _speed(settings):
    settings.SURVEY_FASTEST_ANSWER_SECONDS = 3


@pytest.fixture
def clock(now):
    """An hour after the mail."""
    with time_machine.travel(now + timedelta(hours=1), tick=False) as clock:
        yield clock


@pytest.fixture
def survey(account, campaign, now):
    return ask(kate(account), campaign, now, reminder="scheduled")


@pytest.fixture
def page(survey):
    return reverse("survey", args=[survey.token])


def links(survey, now) -> list[str]:
    """Every link of the mail, as a scanner finds them."""
    email = survey.emails.get(kind="invitation")
    (html, _), *_ = compose(email, now=now).alternatives
    found = [link.replace("&amp;", "&") for link in re.findall(r'href="([^"]+)"', html)]
    return [link.removeprefix("http://127.0.0.1:8000") for link in found]


class TestAScanner:
    @pytest.fixture
    def scanned(self, survey, now, clock, client):
        """It opens every link and presses the button of each."""
        for link in links(survey, now):
            client.get(link, follow=True)
            clock.shift(timedelta(seconds=1))
            if "score=" in link:
                score = link.rpartition("=")[2]
                answer = client.post(link.partition("?")[0], {"score": score})
                assert answer.status_code == 303
        return survey

    def test_leaves_one_suspect_and_no_answer(self, scanned):
        assert not Response.objects.exists()
        suspect = SuspectAnswer.objects.get()
        assert suspect.reason == "many_scores"

    def test_does_not_cost_the_person_their_reminder(self, scanned):
        assert statuses(scanned)["reminder"] == "scheduled"

    def test_and_the_person_who_comes_later_answers(self, scanned, page, client, clock):
        clock.shift(timedelta(minutes=2))
        client.get(f"{page}?score=9")
        clock.shift(timedelta(seconds=4))
        client.post(page, {"score": "9", "comment": "Quick!"})
        assert Response.objects.get().score == 9
        assert SuspectAnswer.objects.get().status == "replaced"
        assert statuses(scanned)["reminder"] == "cancelled"

    def test_that_finds_the_hidden_link_is_known_by_it(
        self, survey, now, page, client, clock
    ):
        (trap,) = [link for link in links(survey, now) if link.endswith("/about/")]
        assert client.head(trap).status_code == 302
        clock.shift(timedelta(seconds=30))
        client.post(page, {"score": "0"})
        assert SuspectAnswer.objects.get().reason == "trap"


def test_the_hidden_link_is_hidden_from_people(survey, now):
    email = survey.emails.get(kind="invitation")
    message = compose(email, now=now)
    assert "/about/" not in message.body
    (html, _), *_ = message.alternatives
    before = html[: html.index("/about/")]
    box = before[before.rindex("<div") :]
    assert "display: none" in box
    assert 'aria-hidden="true"' in box


def test_who_was_taken_for_a_machine_is_thanked_all_the_same(survey, page, client, now):
    with time_machine.travel(now + timedelta(seconds=2), tick=False):
        answer = client.post(page, {"score": "7", "comment": "I am quick"}, follow=True)
    assert "Your answer has arrived" in answer.content.decode()
    assert SuspectAnswer.objects.get().reason == "too_fast"


class TestWordsInQuarantine:
    """A quick person's words wait; whatever they send next, nobody loses them."""

    @pytest.fixture
    def suspect(self, survey, page, client, now):
        with time_machine.travel(now + timedelta(seconds=2), tick=False):
            client.post(page, {"score": "7", "comment": "I am quick"})
        return SuspectAnswer.objects.get()

    def test_stand_in_the_form_again(self, suspect, page, client, clock):
        shown = client.get(page).content.decode()
        assert "You gave 7 on" in shown
        assert "I am quick</textarea>" in shown
        assert re.search(r'value="7"[^>]*checked', shown)

    def test_stay_when_a_later_one_in_quarantine_has_none(
        self, suspect, page, client, clock, alice_client
    ):
        client.get(f"{page}about/")
        client.post(page, {"score": "6", "comment": ""})
        suspect.refresh_from_db()
        assert (suspect.score, suspect.comment) == (6, "I am quick")
        alice_client.post(f"/responses/quarantine/{suspect.pk}/", {"act": "take"})
        assert Response.objects.get().comment == "I am quick"

    def test_stand_beside_the_answer_that_replaces_them(self, suspect, page, client, clock):
        client.post(page, {"score": "9", "comment": ""})
        response = Response.objects.get()
        assert (response.score, response.comment) == (9, "")
        change = response.changes.get()
        assert (change.score, change.comment) == (7, "I am quick")

    def test_of_a_scanner_are_none_so_nothing_is_said_of_them(
        self, suspect, page, client, clock
    ):
        SuspectAnswer.objects.update(comment="")
        assert "You gave" not in client.get(page).content.decode()
        client.post(page, {"score": "9", "comment": ""})
        assert not ResponseChange.objects.exists()


def test_a_settled_answer_is_not_touched_by_a_scanner(survey, page, client, clock, now):
    record_response(survey=survey, score=9, comment="Quick!", now=now)
    clock.shift(timedelta(minutes=5))
    for score in range(4):
        client.get(f"{page}?score={score}")
    client.post(page, {"score": "3"})
    assert Response.objects.get().score == 9
    assert SuspectAnswer.objects.get().score == 3


def test_a_persons_answer_of_a_moment_ago_stays(survey, page, client, clock):
    client.post(page, {"score": "9", "comment": "fine"})
    clock.shift(timedelta(seconds=40))
    client.get(f"{page}about/")
    client.post(page, {"score": "0"})
    assert Response.objects.get().score == 9


def test_an_old_answer_is_as_it_was_when_a_scanner_is_seen_through(
    survey, page, client, clock, now
):
    record_response(survey=survey, score=9, comment="Quick!", now=now)
    for score in range(4):
        client.get(f"{page}?score={score}")
        clock.shift(timedelta(seconds=1.5))
        client.post(page, {"score": str(score)})
        clock.shift(timedelta(seconds=1))
    response = Response.objects.get()
    assert (response.score, response.comment) == (9, "Quick!")
    assert not ResponseChange.objects.exists()


def test_other_systems_are_told_what_holds_when_a_scanner_is_seen_through(
    account, campaign, survey, client, clock, now
):
    """They had heard of its presses before anybody knew."""
    Endpoint.objects.create(account=account, url="https://hooks.example.com/")
    record_response(survey=survey, score=9, comment="Quick!", now=now)
    other = ask(kate(account, "joe@example.com"), campaign, now)
    for each in (survey, other):
        page = reverse("survey", args=[each.token])
        for score in range(4):
            client.get(f"{page}?score={score}")
            clock.shift(timedelta(seconds=1.5))
            client.post(page, {"score": str(score)})
            clock.shift(timedelta(seconds=1))

    told = [json.loads(row.payload) for row in Delivery.objects.order_by("pk")]
    last = {one["data"]["survey"]["id"]: one for one in told if "status" not in one["type"]}
    assert last[survey.pk]["type"] == "response.updated"
    assert last[survey.pk]["data"]["response"]["score"] == 9
    assert last[other.pk]["type"] == "response.deleted"
    assert Response.objects.get().survey == survey


def test_a_loop_fills_no_table(survey, page, client, clock):
    for _ in range(105):
        client.get(page)
    assert LinkVisit.objects.count() == 100
    clock.shift(timedelta(days=2))
    prune_visits()
    assert not LinkVisit.objects.exists()


class TestThePage:
    @pytest.fixture
    def suspect(self, survey, now):
        return SuspectAnswer.objects.create(
            account=survey.account,
            survey=survey,
            score=2,
            comment="Really me",
            reason="trap",
            answered_at=now,
        )

    def test_lists_what_waits_and_why(self, alice_client, suspect):
        assert "1 answer in quarantine" in alice_client.get("/responses/").content.decode()
        page = alice_client.get("/responses/quarantine/").content.decode()
        assert "A link was opened that no person can see." in page
        assert "Really me" in page

    def test_says_so_on_a_dashboard_that_nothing_counts_on_yet(
        self, alice_client, account, suspect
    ):
        page = alice_client.get("/").content.decode()
        assert "1 answer in quarantine" in page
        account.first_steps_dismissed_at = suspect.answered_at
        account.save()
        page = alice_client.get("/").content.decode()
        assert "No answer counts yet" in page and "/responses/quarantine/" in page

    def test_all_that_a_page_shows_are_counted_at_once(
        self, alice_client, suspect, account, campaign, now
    ):
        other = ask(kate(account, email="second@example.com"), campaign, now)
        shown = [
            suspect,
            *other.suspect_answers.bulk_create(
                [
                    SuspectAnswer(
                        account=account,
                        survey=other,
                        score=9,
                        reason="trap",
                        answered_at=now,
                    )
                ]
            ),
        ]
        page = alice_client.get("/responses/quarantine/").content.decode()
        assert "Count the 2 answers on this page" in page
        assert page.count('name="suspect"') == 2
        ids = [one.pk for one in shown]

        path = "/responses/quarantine/take/"
        answer = alice_client.post(path, {"suspect": ids}, follow=True)
        assert "2 answers count now." in answer.content.decode()
        assert sorted(Response.objects.values_list("score", flat=True)) == [2, 9]
        again = alice_client.post(path, {"suspect": [*ids, "x"]}, follow=True)
        assert "Nothing changed" in again.content.decode()

    def test_an_empty_one_says_what_it_is_for(self, alice_client, account):
        page = alice_client.get("/responses/quarantine/").content.decode()
        assert "Nothing in quarantine" in page
        assert "in quarantine" not in alice_client.get("/responses/").content.decode()

    def test_taken_it_counts_from_when_it_was_given(self, alice_client, suspect, now):
        alice_client.post(f"/responses/quarantine/{suspect.pk}/", {"act": "take"})
        response = Response.objects.get()
        assert (response.score, response.responded_at) == (2, now)

    def test_dropped_it_may_still_be_taken(self, alice_client, suspect):
        path = f"/responses/quarantine/{suspect.pk}/"
        alice_client.post(path, {"act": "drop"})
        assert not Response.objects.exists()
        assert (
            "Really me"
            in alice_client.get("/responses/quarantine/?dropped=1").content.decode()
        )
        alice_client.post(path, {"act": "take"})
        assert Response.objects.get().score == 2

    def test_a_persons_own_answer_stays_when_the_suspect_is_taken(
        self, alice_client, suspect, survey, now
    ):
        record_response(survey=survey, score=9, comment="", now=now)
        path = f"/responses/quarantine/{suspect.pk}/"
        answer = alice_client.post(path, {"act": "take"}, follow=True)
        assert Response.objects.get().score == 9
        assert "answered themselves" in answer.content.decode()
        suspect.refresh_from_db()
        assert suspect.status == "replaced"
        for act in ("take", "drop"):
            answer = alice_client.post(path, {"act": act}, follow=True)
            assert "It counts" not in answer.content.decode()
            assert "Dropped. You find" not in answer.content.decode()

    def test_viewers_look_and_settle_nothing(self, alice, alice_client, suspect):
        Membership.objects.filter(user=alice).update(role="viewer")
        assert "Count it" not in alice_client.get("/responses/quarantine/").content.decode()
        path = f"/responses/quarantine/{suspect.pk}/"
        assert alice_client.post(path, {"act": "take"}).status_code == 403


class TestChanges:
    def test_what_was_said_before_is_kept_and_shown(self, survey, now, alice_client):
        record_response(survey=survey, score=9, comment="Quick!", now=now)
        later = now + timedelta(days=2)
        record_response(survey=survey, score=3, comment="It broke.", now=later)
        change = ResponseChange.objects.get()
        assert (change.score, change.comment, change.changed_at) == (9, "Quick!", later)
        assert "was 9, changed" in alice_client.get("/responses/").content.decode()
        case = alice_client.get(f"/responses/{Response.objects.get().pk}/")
        assert "Was 9, “" in case.content.decode()

    def test_they_end_when_the_survey_closes(self, survey, page, now):
        client = Client()
        with time_machine.travel(now + timedelta(days=90), tick=False):
            for answer in (client.get(page), client.post(page, {"score": "9"})):
                assert answer.status_code == 410
                assert "It took answers until 21 February 2027." in answer.content.decode()
        assert not Response.objects.exists()
        with time_machine.travel(now + timedelta(days=89), tick=False):
            assert client.post(page, {"score": "9"}).status_code == 303
