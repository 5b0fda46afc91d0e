"""The tasks: rung, run twice or never, by a real worker on a real broker."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from promoter.celery import app
from surveys import tasks
from surveys.models import SurveyEmail
from surveys.sending.transport import close_kept_connection
from tests.harness.processes import wait_until
from tests.harness.valkey import broker
from tests.harness.worker import Worker, environment
from tests.surveys.outbox import schedule, statuses

Status = SurveyEmail.Status


@pytest.fixture(autouse=True)
def _hang_up():
    yield
    close_kept_connection()


def waiting_tasks() -> int:
    with app.connection_for_read() as connection:
        return connection.default_channel.client.llen("promoter")


def test_the_periodic_table_names_tasks_that_exist():
    app.loader.import_default_modules()
    for entry in django_settings.CELERY_BEAT_SCHEDULE.values():
        assert entry["task"] in app.tasks


@pytest.mark.django_db
def test_the_task_sends_what_is_due_over_a_kept_connection(campaign, smtp_sink, valkey):
    for prefix in ("first", "second"):
        schedule(campaign, timezone.now(), number=2, prefix=prefix)
        tasks.deliver_due_emails()
    assert statuses() == {Status.SENT: 4}
    assert smtp_sink.connections == 1
    assert waiting_tasks() == 0


@pytest.mark.django_db
def test_the_task_rings_again_when_its_time_is_up(campaign, smtp_sink, valkey, monkeypatch):
    monkeypatch.setattr(tasks, "RUN_LIMIT", timedelta(0))
    schedule(campaign, timezone.now())
    tasks.deliver_due_emails()
    assert waiting_tasks() == 1


@pytest.mark.django_db
def test_a_broker_that_is_away_stops_no_mail(campaign, smtp_sink, monkeypatch, caplog):
    monkeypatch.setattr(tasks, "RUN_LIMIT", timedelta(0))
    schedule(campaign, timezone.now())
    with caplog.at_level(logging.WARNING):
        tasks.deliver_due_emails()
    assert "broker is away" in caplog.text


@pytest.mark.django_db
def test_the_sweep_rescues_what_a_dead_worker_held(campaign):
    [email] = schedule(campaign, timezone.now())
    long_ago = timezone.now() - timedelta(minutes=5)
    SurveyEmail.objects.update(status=Status.SENDING, attempt=1, lease_until=long_ago)
    tasks.sweep_expired_claims()
    assert statuses() == {Status.SCHEDULED: 1}


def test_a_worker_sends_when_it_is_rung_for(campaign, celery_worker, smtp_sink):
    schedule(campaign, timezone.now())
    app.send_task("surveys.tasks.deliver_due_emails")
    wait_until(lambda: smtp_sink.envelopes)
    wait_until(lambda: statuses() == {Status.SENT: 1})


def test_a_flushed_broker_costs_time_and_no_mail(
    campaign, celery_worker, smtp_sink, _valkey_server
):
    schedule(campaign, timezone.now(), number=30)
    smtp_sink.delay("dot", 0.01)
    app.send_task("surveys.tasks.deliver_due_emails")
    wait_until(lambda: smtp_sink.envelopes)
    _valkey_server.flush()
    wait_until(lambda: statuses().get(Status.SENT, 0) > 5)
    app.send_task("surveys.tasks.deliver_due_emails")
    wait_until(lambda: statuses() == {Status.SENT: 30})
    assert len(set(smtp_sink.recipients)) == len(smtp_sink.recipients) == 30


def test_rings_from_two_beats_send_nothing_twice(campaign, celery_worker, smtp_sink):
    schedule(campaign, timezone.now(), number=60)
    for _ in range(10):
        app.send_task("surveys.tasks.deliver_due_emails")
        app.send_task("surveys.tasks.sweep_expired_claims")
    wait_until(lambda: statuses() == {Status.SENT: 60}, limit=30)
    assert len(set(smtp_sink.recipients)) == len(smtp_sink.recipients) == 60


def test_a_killed_celery_worker_repeats_and_loses_nothing(
    transactional_db, campaign, valkey, smtp_process, tmp_path, settings
):
    def start(name: str) -> Worker:
        return Worker(
            name=name,
            pool="prefork",
            environment=environment(
                redis_url=valkey.url(),
                email_url=smtp_process.url,
                DELIVERY_LEASE_SECONDS="2",
            ),
            log=tmp_path / f"{name}.log",
        )

    def all_final() -> bool:
        app.send_task("surveys.tasks.sweep_expired_claims")
        app.send_task("surveys.tasks.deliver_due_emails")
        return set(statuses()) <= {Status.SENT, Status.UNCERTAIN}

    schedule(campaign, timezone.now(), number=100)
    with broker(valkey.url()):
        doomed = start("doomed")
        app.send_task("surveys.tasks.deliver_due_emails")
        wait_until(lambda: sum(smtp_process.counts().values()) > 20)
        doomed.process.kill()
        heir = start("heir")
        try:
            wait_until(all_final, limit=60)
        finally:
            heir.process.kill()
    arrived = smtp_process.counts()
    assert max(arrived.values()) == 1
    fates = dict(SurveyEmail.objects.values_list("email_message_id", "status"))
    assert {message for message in fates if message not in arrived} <= {
        message for message, status in fates.items() if status == Status.UNCERTAIN
    }
    # Two tasks may have run in the killed worker, each with one mail on each connection.
    most = 2 * settings.EMAIL_CONNECTIONS
    assert statuses().get(Status.UNCERTAIN, 0) <= most
