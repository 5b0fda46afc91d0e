"""Workers say that they are there, and how their periodic tasks fare."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import OperationalError

from promoter.celery import app
from promoter.operations import recording
from promoter.operations.models import TaskRun, Worker
from promoter.operations.recording import RunLog
from promoter.operations.signs import HEARTBEAT, SILENT_AFTER, entries
from tests.conftest import NOW
from tests.harness.processes import wait_until
from tests.harness.valkey import broker
from tests.harness.worker import Worker as WorkerProcess
from tests.harness.worker import environment


def test_a_worker_shows_life_and_takes_leave(
    transactional_db, valkey, smtp_sink, _smtp_server, tmp_path
):
    redis_url = valkey.url()
    with broker(redis_url):
        worker = WorkerProcess(
            name="brief",
            environment=environment(
                redis_url=redis_url, email_url=_smtp_server.url, LOG_FORMAT="json"
            ),
            log=tmp_path / "log",
        )
        wait_until(Worker.objects.filter(name="brief@localhost").exists)
        app.send_task(HEARTBEAT)
        app.send_task("celery.backend_cleanup")
        # A test before may have rung for something else a moment ago.
        run = wait_until(TaskRun.objects.filter(task=HEARTBEAT).first)

        assert worker.process.stop(limit=20) == 0
    said = [
        json.loads(line) for line in worker.process.output().splitlines() if line[:1] == "{"
    ]
    assert {"brief@localhost ready."} <= {each["message"] for each in said}
    assert HEARTBEAT in {each.get("task") for each in said}
    assert (run.task, run.runs, run.failures) == (HEARTBEAT, 1, 0)
    assert not TaskRun.objects.filter(task="celery.backend_cleanup").exists()
    assert not Worker.objects.filter(name="brief@localhost").exists()


@pytest.mark.django_db
def test_runs_are_counted_and_written_seldom_but_failures_at_once():
    TaskRun.objects.all().delete()
    log = RunLog()
    for second in range(10):
        log.note("sweep", now=NOW + timedelta(seconds=second), seconds=0.25)
    run = TaskRun.objects.get()
    assert (run.runs, run.seconds, run.done_at) == (1, 0.25, NOW)

    failed_at = NOW + timedelta(seconds=11)
    log.note("sweep", now=failed_at, seconds=1, error="OSError")
    run.refresh_from_db()
    assert (run.runs, run.failures, run.error) == (11, 1, "OSError")
    assert (run.done_at, run.failed_at) == (NOW, failed_at)

    # The clock was two hours ahead, and is put right.
    log.note("sweep", now=NOW - timedelta(hours=2), seconds=1)
    run.refresh_from_db()
    assert run.done_at == NOW - timedelta(hours=2)


def test_a_run_that_cannot_be_written_down_costs_nothing(monkeypatch, caplog):
    def refuse(*args: object, **kwargs: object) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(recording, "_write", refuse)
    RunLog().note("sweep", now=NOW, seconds=1)
    assert "can't be written down" in caplog.text


def test_an_entry_is_late_failed_or_unseen(settings):
    settings.CELERY_BEAT_SCHEDULE = {
        name: {"task": name, "schedule": 60.0} for name in ("well", "late", "bad", "new")
    }
    runs = [
        TaskRun(
            task="well", done_at=NOW - timedelta(minutes=2), failed_at=NOW - timedelta(1)
        ),
        TaskRun(task="late", done_at=NOW - 2 * SILENT_AFTER - timedelta(seconds=1)),
        TaskRun(task="bad", done_at=NOW - timedelta(seconds=9), failed_at=NOW),
    ]
    seen = {
        entry.name: (entry.is_late, entry.has_failed, entry.is_unseen)
        for entry in entries(runs=runs, now=NOW)
    }
    assert seen == {
        "well": (False, False, False),
        "late": (True, False, False),
        "bad": (False, True, False),
        "new": (False, False, True),
    }
