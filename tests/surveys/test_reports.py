"""Reports say what a person with a list of the rows would say, on both databases."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.models import Campaign
from contacts.models import Contact
from surveys.daily_sums.rolling_up import roll_up
from surveys.models import Response, Survey
from surveys.nps import Counts
from surveys.reports import Report, latest_comments
from surveys.selections import Selection
from surveys.windows import Step, Window, first_day

numbers = count()


@pytest.fixture
def answer(account, campaign, now):
    """Makes a survey that was asked, and answered unless the score is None."""

    def make(score, at=now, *, asked_at=None, comment="", campaign=campaign):
        contact = Contact.objects.create(account=campaign.account, email="kate@example.com")
        survey = Survey.objects.create(
            account=campaign.account,
            campaign=campaign,
            contact=contact,
            trigger_id=f"event-{next(numbers)}",
            triggered_at=asked_at or at,
            due_at=asked_at or at,
            asked_at=asked_at or at,
        )
        if score is None:
            return survey
        return Response.objects.create(
            account=campaign.account,
            campaign=campaign,
            survey=survey,
            contact=contact,
            score=score,
            comment=comment,
            responded_at=at,
            updated_at=at,
        )

    return make


@pytest.fixture
def week(account, now):
    """The summary of the seven days before now."""

    def read(**more):
        report = Report.of(Selection(account, **more), now=now)
        return report.summary(Window(now - timedelta(days=7), now))

    return read


def test_an_account_without_answers_has_no_score(week):
    figures = week()

    assert figures.nps is None
    assert figures.interval is None
    assert figures.change is None
    assert figures.distribution == (0,) * 11
    assert figures.cohort.rate is None


def test_every_score_is_in_its_place_of_the_distribution(answer, week, now):
    for score in (0, 6, 7, 8, 9, 10, 10):
        answer(score, now - timedelta(days=1))

    figures = week()

    assert figures.distribution == (1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2)
    assert figures.counts == Counts(promoters=3, passives=2, detractors=2)


def test_the_start_is_in_and_the_end_is_out(answer, week, now):
    answer(10, now - timedelta(days=7))
    answer(0, now)
    answer(5, now - timedelta(days=7, microseconds=1))

    figures = week()

    assert figures.counts == Counts(promoters=1)
    assert figures.counts_before == Counts(detractors=1)


def test_the_change_is_measured_against_the_week_before(answer, week, now):
    answer(10, now - timedelta(days=1))
    answer(0, now - timedelta(days=8))

    change = week().change

    assert change.points == 200
    assert not change.significant


def test_strangers_answers_are_not_counted(answer, week, now, account, other_account):
    theirs = Campaign.objects.create(account=other_account, name="Theirs")
    answer(0, now - timedelta(days=1), campaign=theirs, comment="Not for Alice")
    answer(10, now - timedelta(days=1))

    assert week().counts == Counts(promoters=1)
    assert week().cohort.asked == 1
    assert latest_comments(account=other_account)[0].comment == "Not for Alice"
    assert latest_comments(account=account) == []


def test_one_campaign_can_be_looked_at_alone(answer, week, account, now):
    other = Campaign.objects.create(account=account, name="Other")
    answer(0, now - timedelta(days=1), campaign=other)
    answer(10, now - timedelta(days=1))

    assert week(campaign=other).counts == Counts(detractors=1)
    assert week(campaign=other).cohort.asked == 1


def test_the_response_rate_is_that_of_the_surveys_sent_in_the_window(answer, week, now):
    asked_long_ago = now - timedelta(days=9)
    answer(10, now - timedelta(days=1), asked_at=asked_long_ago)
    answer(10, now - timedelta(days=1), asked_at=now - timedelta(days=2))
    answer(None, asked_at=now - timedelta(days=3))
    answer(None, asked_at=now - timedelta(days=3))
    answer(None, asked_at=now - timedelta(days=3))

    figures = week()

    assert figures.counts.n == 2  # two answers came in this week
    assert (figures.cohort.asked, figures.cohort.answered) == (4, 1)
    assert figures.cohort.rate == 0.25
    assert figures.cohort_before.rate == 1


def test_a_cohort_is_open_until_its_last_mail_is_a_week_old(account, now):
    def is_open(end):
        report = Report.of(Selection(account), now=now)
        return report.summary(Window(end - timedelta(days=7), end)).cohort.is_open

    assert is_open(now)
    assert is_open(now - timedelta(days=6))
    assert not is_open(now - timedelta(days=7))


def test_days_are_the_accounts_own(answer, account, now):
    account.time_zone = "Europe/Berlin"
    account.save()
    zone = ZoneInfo("Europe/Berlin")
    # Both nights of the change back to winter time, and the 25th hour itself.
    answer(10, datetime(2026, 10, 24, 21, 59, tzinfo=UTC))
    answer(9, datetime(2026, 10, 24, 22, 0, tzinfo=UTC))
    answer(0, datetime(2026, 10, 25, 22, 59, tzinfo=UTC))
    answer(7, datetime(2026, 10, 25, 23, 0, tzinfo=UTC))

    points = Report.of(Selection(account), now=now).trend(
        Window(datetime(2026, 10, 24, tzinfo=zone), datetime(2026, 10, 27, tzinfo=zone))
    )

    assert [(p.day, p.counts) for p in points] == [
        (date(2026, 10, 24), Counts(promoters=1)),
        (date(2026, 10, 25), Counts(promoters=1, detractors=1)),
        (date(2026, 10, 26), Counts(passives=1)),
    ]


def test_days_without_an_answer_are_in_the_trend_too(account, now):
    report = Report.of(Selection(account), now=now)
    points = report.trend(Window(now - timedelta(days=30), now))

    assert len(points) == 31
    assert all(point.counts.nps is None for point in points)


@pytest.mark.parametrize("step", list(Step))
@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "America/Havana", "Pacific/Apia"])
def test_the_trend_is_what_counting_by_hand_gives(answer, account, step, zone):
    account.time_zone = zone
    account.save()
    start, end = datetime(2026, 1, 5, 7, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    chance = random.Random(7)
    scores: dict[date, list[int]] = {}
    for _ in range(60):
        at = start + chance.random() * (end - start)
        score = chance.randrange(11)
        answer(score, at)
        day = first_day(at.astimezone(ZoneInfo(zone)).date(), step)
        scores.setdefault(day, []).append(score)

    report = Report.of(Selection(account), now=end)
    points = report.trend(Window(start, end), step=step)

    assert {p.day: p.counts for p in points if p.counts.n} == {
        day: Counts.of_scores(given) for day, given in scores.items()
    }


def test_the_table_has_each_campaign_once_with_its_own_figures(
    answer, account, campaign, now
):
    quiet = Campaign.objects.create(
        account=account,
        name="Quiet",
        status=Campaign.Status.PAUSED,
        event_name="Nothing",
        email_template=campaign.email_template,
        contact_list=campaign.contact_list,
        activated_at=now,
    )
    Campaign.objects.create(account=account, name="A draft")
    answer(10, now - timedelta(days=1))
    answer(3, now - timedelta(days=1))
    answer(None, now - timedelta(days=1))

    report = Report.of(Selection(account), now=now)
    table = report.by_campaign(Window(now - timedelta(days=7), now))

    assert [line.campaign for line in table] == [campaign, quiet]
    assert table[0].counts == Counts(promoters=1, detractors=1)
    assert (table[0].cohort.asked, table[0].cohort.answered) == (3, 2)
    assert table[1].counts.nps is None
    assert table[1].cohort.rate is None


def test_comments_come_newest_first_with_who_wrote_them(
    answer, account, now, django_assert_num_queries
):
    answer(9, now - timedelta(days=2), comment="Good")
    answer(2, now - timedelta(days=1), comment="Bad")
    answer(5, now, comment="")

    with django_assert_num_queries(2):
        read = [
            (r.comment, r.contact.email, r.campaign.name)
            for r in latest_comments(account=account)
        ]

    assert read == [
        ("Bad", "kate@example.com", "After an order"),
        ("Good", "kate@example.com", "After an order"),
    ]


def test_the_number_of_queries_does_not_grow_with_the_rows(answer, week, account, now):
    def queries():
        with CaptureQueriesContext(
            connection,
        ) as captured:
            report = Report.of(Selection(account), now=now)
            window = Window(now - timedelta(days=90), now)
            report.summary(window)
            report.trend(window)
            report.by_campaign(window)
        return len(captured)

    assert queries() == 10
    for score in range(11):
        answer(score, now - timedelta(days=score), comment="Words")
    assert queries() == 10
    while roll_up(account=account, now=now):
        pass
    assert queries() == 17
