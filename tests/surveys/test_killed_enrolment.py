"""A worker killed in the middle of a list, for real: SIGKILL, no farewell."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.models import Campaign
from surveys.models import Survey, SurveyEmail
from surveys.tasks import enrol_list_members, list_bell
from tests.harness.processes import wait_until
from tests.harness.worker import Worker, environment
from tests.surveys.lists import join, list_campaign, people

MEMBERS = 6_000


@pytest.mark.django_db(transaction=True)
def test_another_goes_on_and_asks_nobody_twice(
    account, campaign, valkey, smtp_sink, tmp_path
):
    now = timezone.now() - timedelta(minutes=5)
    # Spread over a year: next to nothing is due, so that only the list is at work.
    list_campaign(campaign, spread_days=365, activated_at=now)
    names = [f"p{number}" if number % 10 else f"-p{number}" for number in range(MEMBERS)]
    join(campaign.contact_list, people(account, names), at=now - timedelta(days=1))
    worker = Worker(
        name="doomed",
        environment=environment(redis_url=valkey.url(), email_url=smtp_sink.url),
        log=tmp_path / "worker.log",
        pool="prefork",
    )
    try:
        list_bell.ring()
        wait_until(
            lambda: Campaign.objects.get().enrolled_to > 0, limit=60, what="a first batch"
        )
    finally:
        worker.process.kill()

    done = Survey.objects.count()
    assert 0 < done < MEMBERS
    # An open transaction of the killed one may hold the account for a moment.
    wait_until(
        lambda: enrol_list_members() or Campaign.objects.get().enrolled_at is not None,
        limit=60,
        what="the rest of the list",
    )

    assert Survey.objects.values("contact").distinct().count() == MEMBERS
    assert Survey.objects.count() == MEMBERS
    assert Survey.objects.filter(skip_reason="no_address").count() == MEMBERS // 10
    assert SurveyEmail.objects.count() == MEMBERS - MEMBERS // 10
    # Even over the break: the days follow one another at one pace.
    times = sorted(Survey.objects.values_list("triggered_at", flat=True))
    pace = timedelta(days=365) / MEMBERS
    steps = [later - earlier for earlier, later in zip(times[5:], times[6:], strict=False)]
    assert max(abs(step - pace) for step in steps) < timedelta(milliseconds=1)
