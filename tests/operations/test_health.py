"""What a load balancer asks, and what it is told."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from promoter.operations import health
from promoter.operations.models import TaskRun, Worker


def test_alive_by_any_host_name_and_without_a_database():
    answer = Client().get("/healthz", headers={"host": "10.1.2.3"})
    assert (answer.status_code, answer.content) == (200, b"ok")


def test_ready_when_all_answer_and_have_shown_life(at_work, valkey):
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "reasons": {}})


def test_not_ready_without_workers_and_without_a_beat(at_work, valkey, caplog):
    TaskRun.objects.update(done_at=timezone.now() - timedelta(minutes=2))
    silent = Client().get("/readyz")
    assert silent.status_code == 503
    assert list(silent.json()["reasons"]) == ["beat"]
    assert "(last seen 120 s ago)" in silent.json()["reasons"]["beat"]

    # Who has no worker can't tell of the beat.
    Worker.objects.update(seen_at=timezone.now() - timedelta(minutes=2))
    assert list(Client().get("/readyz").json()["reasons"]) == ["worker"]
    Worker.objects.all().delete()
    assert "(never seen)" in Client().get("/readyz").json()["reasons"]["worker"]
    assert Client().get("/healthz").status_code == 200
    # Probes come every few seconds, and have been told.
    assert caplog.records == []


def test_not_ready_while_the_broker_is_away(at_work):
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert list(answer.json()["reasons"]) == ["broker"]


@pytest.mark.django_db
def test_not_ready_while_a_migration_is_missing(valkey):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'surveys'")
    assert "manage.py migrate" in Client().get("/readyz").json()["reasons"]["migrations"]


@pytest.mark.django_db
def test_not_ready_while_the_database_is_away(monkeypatch):
    def refuse(*args: object, **kwargs: object) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(health.connection, "cursor", refuse)
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert list(answer.json()["reasons"]) == ["database"]
