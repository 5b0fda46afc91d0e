"""A worker killed while it hands a digest over, for real: SIGKILL, no farewell."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from promoter.accounts.models import Membership
from surveys.digests.planning import subscribe_new_members
from surveys.models import Subscription, TeamMail
from surveys.responding import record_response
from surveys.tasks import digest_bell, send_digests
from tests.conftest import _person
from tests.harness.processes import wait_until
from tests.harness.worker import Worker, environment
from tests.surveys.asked import ask, kate


@pytest.mark.django_db(transaction=True)
def test_the_others_get_theirs_and_nobody_gets_two(
    account, campaign, valkey, smtp_sink, tmp_path
):
    now = timezone.now()
    week_ago = now - timedelta(days=7)
    survey = ask(kate(account), campaign, week_ago)
    record_response(survey=survey, score=9, comment="Quick", now=week_ago)
    people = [_person(name, account, Membership.Role.EDITOR) for name in "abcd"]
    subscribe_new_members(now=now)
    Subscription.objects.update(next_at=now)
    # The server takes the second one's mail and is about to say so.
    smtp_sink.delay("dot", 60, to=people[1].email)
    worker = Worker(
        name="doomed-digest",
        environment=environment(redis_url=valkey.url(), email_url=smtp_sink.url),
        log=tmp_path / "worker.log",
        pool="prefork",
    )
    try:
        digest_bell.ring()
        held = TeamMail.objects.filter(status="sending", membership__user=people[1])
        wait_until(held.exists, limit=60, what="the second mail to be handed over")
    finally:
        worker.process.kill()

    smtp_sink.behave()
    TeamMail.objects.filter(status="sending").update(lease_until=now)
    send_digests()
    send_digests()
    statuses = TeamMail.objects.order_by("membership").values_list("status", flat=True)
    assert list(statuses) == ["sent", "uncertain", "sent", "sent"]
    others = [person.email for person in people if person != people[1]]
    assert sorted(set(smtp_sink.recipients) - {people[1].email}) == others
    assert len(smtp_sink.recipients) == len(set(smtp_sink.recipients))
