"""How far a campaign's surveys came."""

from __future__ import annotations

import pytest

from surveys.funnel import funnel
from surveys.models import Response, SkipReason, SurveyEmail
from tests.surveys.asked import ask, kate

pytestmark = pytest.mark.django_db

Status = SurveyEmail.Status
Outcome = SurveyEmail.Outcome


def test_a_campaign_that_asked_nobody_is_all_zero(campaign):
    found = funnel(campaign)

    assert (found.triggered, found.sent, found.answered, found.unheard) == (0, 0, 0, 0)
    assert (found.sent_share, found.skipped) == (0, [])


def test_each_survey_is_counted_once_where_its_invitation_got_to(
    account, campaign, alice_client, now
):
    contact = kate(account)
    for status in (Status.SCHEDULED, Status.SENDING, Status.HANDOFF):
        ask(contact, campaign, now, invitation=status)
    for status in (Status.UNCERTAIN, Status.FAILED):
        ask(contact, campaign, now, invitation=status)
        ask(contact, campaign, now, invitation=status).emails.update(left_at=now)
    ask(contact, campaign, now, invitation=Status.CANCELLED)
    for reason in (SkipReason.THROTTLED, SkipReason.THROTTLED, SkipReason.NO_ADDRESS):
        skipped = ask(contact, campaign, now, invitation=Status.CANCELLED)
        skipped.skip_reason, skipped.skipped_at = reason, now
        skipped.save()
    for outcome in ["", *Outcome.values]:
        survey = ask(contact, campaign, now, reminder=Status.UNCERTAIN)
        survey.emails.filter(kind="invitation").update(outcome=outcome)
        # A reminder's fate is not its survey's.
        survey.emails.filter(kind="reminder").update(outcome=Outcome.BOUNCED)
    Response.objects.create(
        account=account,
        campaign=campaign,
        survey=survey,
        contact=contact,
        score=9,
        responded_at=now,
        updated_at=now,
    )

    found = funnel(campaign)

    skips = sorted(found.skipped)
    assert skips == [(SkipReason.NO_ADDRESS, 1), (SkipReason.THROTTLED, 2)]
    assert (found.scheduled, found.sending) == (1, 2)
    assert (found.needs_look, found.left, found.stopped) == (2, 2, 1)
    assert (found.sent, found.answered) == (7, 1)
    assert (found.delivered, found.complained) == (3, 1)
    assert (found.bounced, found.refused, found.delayed, found.unheard) == (1, 1, 1, 1)
    before = found.scheduled + found.sending + found.needs_look + found.left + found.stopped
    assert found.triggered == 3 + before + found.sent == 18
    assert found.sent_share == pytest.approx(38.89)

    path = f"/campaigns/{campaign.pk}/funnel.csv"
    assert f'href="{path}" download' in alice_client.get(f"/campaigns/{campaign.pk}/").text
    lines = alice_client.get(path).getvalue().decode("utf-8-sig").splitlines()
    assert lines[:2] == ["stage,part_of,reason,surveys", "triggered,,,18"]
    assert {"not_asked,triggered,throttled,2", "unheard,sent,,1"} < set(lines)
    assert lines[-1] == "answered,sent,,1"


def test_it_costs_two_queries(account, campaign, now, django_assert_num_queries):
    ask(kate(account), campaign, now)

    with django_assert_num_queries(2):
        funnel(campaign)
