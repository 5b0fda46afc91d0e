"""What a load balancer asks, and what it is told."""

import os
import signal
from datetime import timedelta

import pytest
import redis
from django.db import OperationalError, close_old_connections, connection
from django.test import Client
from django.utils import timezone

from promoter.lib import patience
from promoter.lib.scratch import database_url
from promoter.operations import broker, health
from promoter.operations.models import TaskRun, Worker
from tests.harness.valkey import Valkey
from tests.harness.valkey import broker as talking_to


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
    assert "does not answer" in answer.json()["reasons"]["broker"]


@pytest.fixture
def ill(tmp_path):
    """A broker of the test's own: the shared worker ends when its broker is a replica."""
    server = Valkey(tmp_path / "ill.log")
    with talking_to(server.url()):
        yield server
    server.stop()


@pytest.mark.either_database
def test_a_broker_that_takes_no_work_is_told_by_what_ails_it(ill, at_work, monkeypatch):
    monkeypatch.setattr(broker, "PATIENCE_SECONDS", 0.5)

    def told() -> str:
        return Client().get("/readyz").json()["reasons"].get("broker", "")

    with redis.Redis(port=ill.port) as operator:
        operator.config_set("maxmemory", "1")
        assert "memory is full" in told()
        operator.config_set("maxmemory", "0")
        operator.replicaof("127.0.0.1", 1)
        assert "read-only replica" in told()
        operator.replicaof("NO", "ONE")
        operator.config_set("requirepass", "secret")
        assert "refuses our password" in told()
        operator.config_set("requirepass", "")
    ill.freeze()
    assert "does not answer" in told()
    ill.thaw()
    assert told() == ""


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


@pytest.mark.skipif(connection.vendor == "sqlite", reason="a file does not hang alone")
@pytest.mark.django_db(transaction=True)
def test_a_database_that_hangs_costs_a_probe_seconds_and_no_thread_for_ever(monkeypatch):
    """Whose own limits are the server's to keep, and it is stopped."""
    if not database_url().count("%2F"):
        pytest.skip("not ours to stop")
    monkeypatch.setattr(health, "PATIENCE_SECONDS", 0.5)
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "connect_timeout", 1)
    connection.close()
    patience.begin()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (pid,) = cursor.fetchone()
        os.kill(pid, signal.SIGSTOP)
        assert list(Client().get("/readyz").json()["reasons"]) == ["database"]
        # Left by itself at the start of a real request; the server has others.
        close_old_connections()
        assert list(Client().get("/readyz").json()["reasons"]) != ["database"]
    finally:
        os.kill(pid, signal.SIGCONT)
        patience.end()
        connection.close()
