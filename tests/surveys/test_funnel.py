"""How far a campaign's surveys came."""

from __future__ import annotations

import pytest

from surveys.funnel import funnel
from surveys.models import Response, SkipReason, SurveyEmail
from tests.surveys.asked import ask, kate

pytestmark = pytest.mark.django_db

Status = SurveyEmail.Status


def test_a_campaign_that_asked_nobody_is_all_zero(campaign):
    found = funnel(campaign)

    assert (found.triggered, found.sent, found.answered, found.waiting) == (0, 0, 0, 0)
    assert found.sent_share == 0


def test_each_survey_is_counted_where_it_got_to(account, campaign, now):
    contact = kate(account)
    ask(contact, campaign, now, invitation=Status.SCHEDULED)
    ask(contact, campaign, now, invitation=Status.HANDOFF)
    ask(contact, campaign, now, invitation=Status.UNCERTAIN)
    ask(contact, campaign, now, invitation=Status.FAILED)
    ask(contact, campaign, now, reminder=Status.SCHEDULED)
    answered = ask(contact, campaign, now)
    Response.objects.create(
        account=account,
        campaign=campaign,
        survey=answered,
        contact=contact,
        score=9,
        responded_at=now,
        updated_at=now,
    )
    skipped = ask(contact, campaign, now, invitation=Status.CANCELLED)
    skipped.skip_reason, skipped.skipped_at = SkipReason.THROTTLED, now
    skipped.save()

    found = funnel(campaign)

    assert found.triggered == 7
    assert found.sent == 2
    assert found.answered == 1
    assert found.waiting == 2
    assert sorted(found.stuck) == [(Status.FAILED, 1), (Status.UNCERTAIN, 1)]
    assert found.skipped == [(SkipReason.THROTTLED, 1)]
    assert found.sent_share == pytest.approx(28.57)


def test_it_costs_two_queries(account, campaign, now, django_assert_num_queries):
    ask(kate(account), campaign, now)

    with django_assert_num_queries(2):
        funnel(campaign)
