"""Members are told of detractors who write, and of a score that moves, each once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from promoter.accounts.models import Membership
from surveys.digests.alerting import APART, SETTLE, plan_alerts
from surveys.digests.planning import subscribe_new_members
from surveys.digests.sending import send_team_mails
from surveys.digests.watching import _look, watch_scores
from surveys.erasing import forget_surveys
from surveys.models import (
    Alert,
    AlertedAnswer,
    Case,
    Response,
    ScoreWatch,
    Subscription,
    TeamMail,
)
from surveys.responding import record_response
from surveys.tasks import send_digests
from surveys.windows import DAY
from tests.conftest import _person
from tests.surveys.asked import ask, kate

numbers = count()
MINUTE = timedelta(minutes=1)
MORNING = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@pytest.fixture
def _subscribed(alice, bob, now):
    """Alice hears of everything at once, Bob of a moved score only, and no digests."""
    subscribe_new_members(now=now)
    Subscription.objects.update(frequency="never", next_at=None)


def run(at: datetime) -> None:
    """As beat does it, at that moment."""
    with time_machine.travel(at, tick=False):
        send_digests()


def says(campaign, at, score, comment, *, name="Kate"):
    """Somebody new answers."""
    email = f"k{next(numbers)}@example.com"
    contact = kate(campaign.account, email=email, user_id=email)
    contact.first_name = name
    contact.save()
    survey = ask(contact, campaign, at)
    record_response(survey=survey, score=score, comment=comment, now=at)
    return survey


def text_of(mail) -> str:
    return next(mail.iter_parts()).get_content().replace("\r\n", "\n")


# --- Detractors ---------------------------------------------------------------------


@pytest.mark.usefixtures("_subscribed")
def test_a_detractor_who_writes_is_known_within_a_minute(campaign, now, smtp_sink):
    survey = says(campaign, now, 3, "")
    at = now + MINUTE
    run(at)
    assert not smtp_sink.mails, "without a word there is nothing to read yet"
    record_response(survey=survey, score=3, comment="It broke – twice.", now=at)
    run(at + SETTLE / 2)
    assert not smtp_sink.mails
    run(at + SETTLE)

    (mail,) = smtp_sink.mails
    assert SETTLE + timedelta(seconds=10) < MINUTE, "with the beat's ten seconds"
    assert smtp_sink.recipients == ["alice@example.com"]
    assert mail["Subject"].strip() == "Acme: 3 of 10 from Kate"
    assert mail["Reply-To"] == survey.contact.email
    assert mail["X-Auto-Response-Suppress"] == "OOF, AutoReply"
    assert "/u/mails/detractors/" in mail["List-Unsubscribe"]
    plain, html = [part.get_content() for part in mail.iter_parts()]
    for text in (plain, html):
        assert "It broke – twice." in text
        assert f"/responses/{survey.response.pk}/" in text


@pytest.mark.usefixtures("_subscribed")
def test_a_wave_is_one_mail_in_ten_minutes(campaign, now, smtp_sink):
    says(campaign, now, 3, "The first")
    run(now + MINUTE)
    for number in range(25):
        says(campaign, now + MINUTE, number % 7, f"Another {number}")
    for minutes in range(2, 11):
        run(now + minutes * MINUTE)
    assert len(smtp_sink.mails) == 1
    run(now + MINUTE + APART)

    mail = smtp_sink.mails[1]
    assert mail["Subject"].strip() == "Acme: 25 detractors wrote"
    assert mail["Reply-To"] is None, "Alice is the only owner"
    text = text_of(mail)
    assert text.count("/10, Kate") == 20
    assert text.index("0/10") < text.index("2/10"), "the worst first"
    assert "5 more are in the inbox." in text
    assert "The first" not in text
    run(now + MINUTE + 2 * APART)
    assert len(smtp_sink.mails) == 2


@pytest.mark.usefixtures("_subscribed")
def test_whoever_was_told_of_is_not_told_of_again(campaign, now, smtp_sink):
    survey = says(campaign, now, 3, "Bad")
    run(now + MINUTE)
    record_response(survey=survey, score=2, comment="Worse", now=now + 2 * MINUTE)
    run(now + 30 * MINUTE)
    record_response(survey=survey, score=9, comment="Good", now=now + 40 * MINUTE)
    record_response(survey=survey, score=1, comment="No", now=now + 50 * MINUTE)
    run(now + 90 * MINUTE)
    assert len(smtp_sink.mails) == 1


@pytest.mark.usefixtures("_subscribed")
def test_who_changes_their_mind_or_is_erased_before_is_not_told_of(
    campaign, now, smtp_sink
):
    says(campaign, now, 9, "Good")
    says(campaign, now, 6, "")
    kind = says(campaign, now, 3, "Bad")
    record_response(survey=kind, score=8, comment="Bad", now=now + SETTLE / 2)
    gone = says(campaign, now, 3, "I am Kate")
    forget_surveys(contact=gone.contact, now=now + SETTLE / 2)
    run(now + MINUTE)
    assert not smtp_sink.mails
    assert not TeamMail.objects.exists()

    # Changed between the planning and the sending.
    late = says(campaign, now, 3, "Bad again")
    plan_alerts(now=now + MINUTE + APART)
    record_response(survey=late, score=10, comment="", now=now + MINUTE + APART)
    run(now + MINUTE + APART)
    assert not smtp_sink.mails


@pytest.mark.usefixtures("_subscribed")
def test_a_case_that_is_closed_meanwhile_is_not_told_of(campaign, now, smtp_sink):
    done = says(campaign, now, 3, "Solved on the phone")
    says(campaign, now, 2, "Still broken", name="Liz")
    plan_alerts(now=now + MINUTE)
    Case.objects.filter(response=done.response).update(closed_at=now + MINUTE)
    run(now + MINUTE)

    (mail,) = smtp_sink.mails
    assert mail["Subject"].strip() == "Acme: 2 of 10 from Liz"
    assert "Solved on the phone" not in text_of(mail)


@pytest.mark.usefixtures("_subscribed")
def test_two_workers_at_once_tell_once(campaign, now, smtp_sink):
    says(campaign, now, 3, "Bad")
    at = now + MINUTE
    assert [plan_alerts(now=at), plan_alerts(now=at)] == [1, 0]
    assert [send_team_mails(clock=lambda: at), send_team_mails(clock=lambda: at)] == [1, 0]
    assert len(smtp_sink.mails) == 1


@pytest.mark.usefixtures("_subscribed")
def test_members_and_answers_cost_no_queries_more(account, campaign, now):
    def cost(at) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert plan_alerts(now=at) == 1
        return len(queries)

    says(campaign, now, 3, "Bad")
    one = cost(now + MINUTE)
    for number in range(5):
        _person(f"owner{number}", account, Membership.Role.OWNER)
        says(campaign, now, 3, "Bad")
    subscribe_new_members(now=now)
    assert cost(now + MINUTE + APART) == one
    assert TeamMail.objects.count() == 1 + 6


def test_nobody_subscribed_is_nobody_told(campaign, now, smtp_sink):
    says(campaign, now, 3, "Bad")
    run(now + MINUTE)
    assert not smtp_sink.mails
    assert AlertedAnswer.objects.get().alert is not None


# --- A score that moved -------------------------------------------------------------


@pytest.fixture
def answered(account, campaign):
    """So many answers on a day that lies so many days back; written in bulk."""

    def make(days_back, *scores, to=campaign):
        at = MORNING - days_back * DAY
        contact = kate(account, email=f"k{next(numbers)}@example.com")
        Response.objects.bulk_create(
            Response(
                account=account,
                campaign=to,
                survey=ask(contact, to, at),
                contact=contact,
                score=score,
                responded_at=at,
                updated_at=at,
            )
            for score in scores
        )

    return make


@pytest.mark.usefixtures("_subscribed")
def test_a_significant_move_is_told_once_and_again_when_it_turns(
    account, campaign, answered, smtp_sink
):
    other = type(campaign).objects.create(
        account=account,
        name="Renewals",
        status="active",
        event_name="Renewed",
        email_template=campaign.email_template,
        contact_list=campaign.contact_list,
        activated_at=MORNING,
    )
    for days_back in range(1, 15):
        answered(days_back, *[10] * 5, *[7] * 2, to=other)
        answered(days_back, *[10] * 5, *[0] * 2)
    run(MORNING)
    assert not smtp_sink.mails, "the first look tells nobody"
    assert set(ScoreWatch.objects.values_list("days", "direction")) == {(7, ""), (30, "")}
    for ahead in range(10):
        answered(-ahead, *[3] * 10)
        run(MORNING + (ahead + 1) * DAY)
        run(MORNING + (ahead + 1) * DAY + MINUTE)

    assert sorted(smtp_sink.recipients) == ["alice@example.com", "bob@example.com"]
    mail = smtp_sink.mails[0]
    assert mail["Subject"].strip().startswith("Acme: NPS has fallen to ")
    assert "/u/mails/moves/" in mail["List-Unsubscribe"]
    text = text_of(mail)
    assert "likely between" in text
    assert "- After an order: +43 → " in text
    told = ScoreWatch.objects.get(days=7)
    assert (told.direction, told.told) == ("down", "down")

    # And up again, when the worst week lies behind.
    for ahead in range(10, 24):
        answered(-ahead, *[10] * 14)
        run(MORNING + (ahead + 1) * DAY)
    subjects = [each["Subject"].strip() for each in smtp_sink.mails[2::2]]
    of_the_week = [subject for subject in subjects if "in 7 days" in subject]
    assert ["risen" in subject for subject in of_the_week] == [True]


@pytest.mark.usefixtures("_subscribed")
def test_few_answers_move_nothing(answered, smtp_sink):
    for days_back in range(8, 15):
        answered(days_back, *[10] * 20)
    run(MORNING)
    answered(0, *[0] * 29)
    for ahead in range(1, 5):
        run(MORNING + ahead * DAY)
    assert not smtp_sink.mails
    answered(-4, 0)
    run(MORNING + 5 * DAY)
    assert len(smtp_sink.mails) == 2


@pytest.mark.usefixtures("_subscribed")
def test_two_looks_at_once_tell_once(answered, smtp_sink):
    for days_back in range(8, 15):
        answered(days_back, *[10] * 20)
    run(MORNING)
    answered(0, *[0] * 40)
    at = MORNING + DAY
    before = list(ScoreWatch.objects.values())
    assert watch_scores(now=at) == 1
    assert watch_scores(now=at) == 0
    # As a worker that had read the rows before the other wrote them.
    ScoreWatch.objects.all().delete()
    ScoreWatch.objects.bulk_create(ScoreWatch(**row) for row in before)
    stale = list(ScoreWatch.objects.select_related("account").order_by("days"))
    ScoreWatch.objects.update(next_at=at + DAY)
    assert _look(stale[0].account, stale, now=at) is False
    assert Alert.objects.count() == 1


def test_where_nobody_wants_to_know_nothing_is_looked_at(answered, account, smtp_sink):
    answered(1, *[10] * 40)
    run(MORNING)
    assert not ScoreWatch.objects.exists()
