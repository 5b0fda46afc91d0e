"""Changes of the past find their way into the figures of the past."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command

from contacts.models import Contact
from surveys.answering.deleting import delete_answer
from surveys.answering.quarantine import take
from surveys.daily_sums.cohorts import Asked
from surveys.daily_sums.comparing import days_that_differ
from surveys.daily_sums.coverage import Coverage
from surveys.daily_sums.reading import By
from surveys.daily_sums.rolling_up import behind, report_by, roll_up
from surveys.erasing import forget_surveys
from surveys.figures import Figures
from surveys.models import Survey
from surveys.responding import record_response
from surveys.rollups import DailyCohort, DailyScores, DirtyDay, Rollup
from surveys.selections import Selection
from surveys.tasks import roll_up_figures
from surveys.windows import last_days, midnight

pytestmark = pytest.mark.django_db


@pytest.fixture
def kate(account) -> Contact:
    return Contact.objects.create(
        account=account, email="kate@example.com", attributes={"plan": "gold"}
    )


@pytest.fixture
def asked(account, campaign, kate, now):
    def make(days_ago: float) -> Survey:
        at = now - timedelta(days=days_ago)
        return Survey.objects.create(
            account=account,
            campaign=campaign,
            contact=kate,
            trigger_id=f"asked-{days_ago}",
            attributes=kate.attributes,
            triggered_at=at,
            due_at=at,
            asked_at=at,
        )

    return make


@pytest.fixture
def scores(account, now):
    """Score -> how often, over the last hundred days, after everything is summed up."""

    def read(**narrowed):
        while roll_up(account=account, now=now):
            pass
        figures = Figures(Selection(account, **narrowed), Coverage.of(account, now=now))
        window = last_days(100, zone=figures.coverage.zone, now=now)
        (found,) = figures.distributions(window).values() or [(0,) * 11]
        return {score: n for score, n in enumerate(found) if n}

    return read


def answer(survey, score, at):
    return record_response(survey=survey, score=score, comment="", now=at)


def test_the_latest_answer_of_each_contact_counts_once(asked, scores, now):
    first, second = asked(60), asked(20)
    answer(first, 3, now - timedelta(days=59))
    assert scores(is_latest=True) == {3: 1}

    answer(second, 9, now)

    assert scores() == {3: 1, 9: 1}
    assert scores(is_latest=True) == {9: 1}


def test_a_changed_answer_of_a_month_ago_changes_that_months_sums(asked, scores, now):
    survey = asked(40)
    answer(survey, 2, now - timedelta(days=39))
    assert scores() == {2: 1}

    answer(survey, 8, now)

    assert scores() == {8: 1}


def test_an_answer_taken_out_of_quarantine_counts_on_its_own_day(
    account, asked, scores, now
):
    survey = asked(40)
    scores()
    suspect = survey.suspect_answers.create(
        account=account,
        score=7,
        reason="too_fast",
        answered_at=now - timedelta(days=40),
    )

    take(suspect=suspect, now=now)

    assert scores() == {7: 1}


def test_a_deleted_answer_leaves_the_sums_and_makes_the_one_before_the_latest(
    asked, scores, now
):
    first, second = asked(60), asked(20)
    answer(first, 3, now - timedelta(days=59))
    answer(second, 9, now - timedelta(days=19))
    assert scores() == {3: 1, 9: 1}

    delete_answer(survey=second, now=now)

    assert scores() == {3: 1}
    assert scores(is_latest=True) == {3: 1}


def test_an_erased_person_leaves_no_attribute_in_the_sums(
    account, kate, asked, scores, now
):
    report_by(account=account, key="plan")
    answer(asked(40), 10, now - timedelta(days=39))
    scores()
    assert DailyScores.objects.filter(value="gold").exists()

    forget_surveys(contact=kate, now=now)

    assert not DailyScores.objects.filter(value="gold").exists()
    assert scores() == {10: 1}
    figures = Figures(Selection(account), Coverage.of(account, now=now), "plan")
    window = last_days(100, zone=figures.coverage.zone, now=now)
    assert list(figures.distributions(window, By.VALUE)) == [""]


def test_yesterday_is_summed_up_and_what_becomes_of_its_mails_a_day_later(
    account, asked, scores, now
):
    early, late = asked(1), asked(1.1)
    late.contact = Contact.objects.create(account=account, email="leo@example.com")
    late.save()
    answer(early, 9, now - timedelta(hours=23))
    assert scores() == {9: 1}
    (day,) = DailyScores.objects.filter(is_latest=False).values_list("day", flat=True)
    assert day == (now - timedelta(days=1)).date()

    def rates(at):
        figures = Figures(Selection(account), Coverage.of(account, now=at))
        window = last_days(9, zone=figures.coverage.zone, now=at)
        return figures.cohorts(window)[None]

    # An ordinary answer changes nothing that is read from sums, and marks nothing.
    answer(late, 4, now)
    assert not DirtyDay.objects.exists()
    assert rates(now) == Asked(2, 0, 2)
    answer(early, 2, now)
    assert DirtyDay.objects.count() == 1
    assert scores() == {2: 1, 4: 1}

    # Who wrote before midnight has an hour to end.
    rollup = Rollup.objects.get(key="")
    tomorrow = midnight(now.date() + timedelta(days=1), ZoneInfo("UTC"))
    half_past = tomorrow + timedelta(minutes=30)
    assert not roll_up(account=account, now=half_past)
    assert not behind(now=half_past).exists()
    at_two = tomorrow + timedelta(hours=2)
    assert behind(now=at_two).exists()
    while roll_up(account=account, now=at_two):
        pass
    rollup.refresh_from_db()
    assert rollup.through == tomorrow.date()
    assert rates(at_two) == Asked(2, 0, 2)
    assert DailyCohort.objects.get(day=day).answered == 2
    assert days_that_differ(rollup=rollup) == []


def test_the_task_sums_up_what_waits_and_the_command_proves_it(account, asked, now):
    answer(asked(40), 10, now - timedelta(days=39))

    roll_up_figures()

    assert not DirtyDay.objects.exists()
    assert DailyScores.objects.exists()
    out = StringIO()
    call_command("daily_sums", stdout=out)
    assert "all answers" in out.getvalue()
    assert "agree" in out.getvalue()
    DailyScores.objects.update(s10=5)
    with pytest.raises(CommandError, match="--rebuild"):
        call_command("daily_sums", stdout=out)
    call_command("daily_sums", rebuild=True, stdout=out)
    call_command("daily_sums", stdout=out)
