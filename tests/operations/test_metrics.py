"""Prometheus reads the installation's figures, from the database."""

from __future__ import annotations

import re

import pytest
from django.db import DatabaseError
from django.test import Client

from promoter.operations import health
from promoter.operations.signs import HEARTBEAT
from tests.operations.test_status import make_trouble

# https://prometheus.io/docs/instrumenting/exposition_formats/
SAMPLE = re.compile(
    r'([a-z_]+)(\{(?:[a-z]+="(?:[^"\\\n]|\\["\\n])*",?)+\})? -?\d+(\.\d+)?(e[+-]\d+)?'
)
WITH_TOKEN = {"authorization": "Bearer s3cret", "host": "10.0.0.7"}
pytestmark = pytest.mark.django_db


def test_without_a_token_there_are_none_and_a_wrong_one_is_refused(settings):
    assert (
        Client().get("/metrics", headers=WITH_TOKEN | {"host": "testserver"}).status_code
        == 404
    )

    settings.METRICS_TOKEN = "s3cret"
    for header in ("", "Bearer", "Bearer s3cre", "Basic s3cret", "Bearer s3crét"):
        answer = Client().get("/metrics", headers={"authorization": header})
        assert answer.status_code == 401, header


def test_every_line_is_a_sample_or_says_what_it_is(at_work, settings, account):
    settings.METRICS_TOKEN = "s3cret"
    make_trouble(1)
    answer = Client().get("/metrics", headers=WITH_TOKEN)

    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    lines = answer.content.decode().splitlines()
    samples = [line for line in lines if not line.startswith("#")]
    assert [line for line in samples if not SAMPLE.fullmatch(line)] == []
    names = {re.split(r"[ {]", line)[0] for line in samples}
    described = {line.split()[2] for line in lines if line.startswith("# TYPE ")}
    assert names == described
    for wanted in (
        'promoter_queue_due{queue="inbox"} 1.0',
        'promoter_queue_unclear{queue="survey_mails"} 1.0',
        'promoter_queue_failed{queue="import_jobs"} 1.0',
        'promoter_events_today{outcome="accepted"} 40000.0',
        f'promoter_task_runs_total{{task="{HEARTBEAT}"}} 1.0',
        "promoter_workers 1.0",
    ):
        assert wanted in samples


def test_a_database_that_is_away_is_a_503(settings, monkeypatch):
    def refuse(**_: object) -> str:
        raise DatabaseError("gone")

    settings.METRICS_TOKEN = "s3cret"
    monkeypatch.setattr(health, "exposition", refuse)
    assert Client().get("/metrics", headers=WITH_TOKEN).status_code == 503
