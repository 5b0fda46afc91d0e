"""What a load balancer asks, and what it is told."""

import pytest
from django.db import OperationalError, connection
from django.test import Client

from promoter import health


def test_alive_by_any_host_name_and_without_a_database():
    answer = Client().get("/healthz", headers={"host": "10.1.2.3"})
    assert (answer.status_code, answer.content) == (200, b"ok")


@pytest.mark.django_db
def test_ready_when_database_and_broker_answer(valkey):
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "reasons": {}})


@pytest.mark.django_db
def test_not_ready_while_the_broker_is_away():
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
