"""Periodic work on the inbox: says "look now", carries nothing, may run twice."""

from __future__ import annotations

import logging
import time
from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from contacts.bulk_jobs import BulkJob
from contacts.bulk_runs import run as run_bulk_job
from promoter.lib import sqlite_file, sqlite_log
from promoter.lib.doorbell import publish
from promoter.lib.heartbeat import leave_sign
from segment_ingest.counting import count_events
from segment_ingest.erasing import erase_people
from segment_ingest.holding import let_go
from segment_ingest.models import Replay
from segment_ingest.processing import process_round
from segment_ingest.pruning import prune
from segment_ingest.quota_notices import tell_of_quotas
from segment_ingest.replay.replaying import run

log = logging.getLogger(__name__)
# Then somebody else may have the worker; the next run goes on.
SECONDS_AT_A_TIME = 20.0
NIGHT_HOUR = 3  # UTC


@shared_task
def process_inbox() -> None:
    """Work until nothing waits or the time is up; have mail delivered that is due now."""
    end = time.monotonic() + SECONDS_AT_A_TIME
    while True:
        progress = process_round(now=timezone.now())
        count_events()
        if progress.mail_due:
            _ring("surveys.tasks.deliver_due_emails")
        if not progress.messages:
            let_go(now=timezone.now())
            return
        if time.monotonic() > end:
            _ring("segment_ingest.tasks.process_inbox")
            return


@shared_task
def run_replays() -> None:
    """Replay for a while, then ring for whoever goes on."""
    leave_sign()
    until = timezone.now() + timedelta(seconds=SECONDS_AT_A_TIME)
    while timezone.now() < until:
        replay = Replay.objects.claim(now=timezone.now())
        if replay is None:
            return
        if run(replay=replay, clock=timezone.now, until=until):
            _ring("surveys.tasks.deliver_due_emails")
    _ring("segment_ingest.tasks.run_replays")


@shared_task
def run_bulk_jobs() -> None:
    """Act on many contacts for a while, then ring for whoever goes on."""
    leave_sign()
    until = timezone.now() + timedelta(seconds=SECONDS_AT_A_TIME)
    while timezone.now() < until:
        job = BulkJob.objects.claim(now=timezone.now())
        if job is None:
            return
        run_bulk_job(job=job, erase=erase_people, clock=timezone.now, until=until)
    _ring("segment_ingest.tasks.run_bulk_jobs")


@shared_task
def prune_messages() -> None:
    """Empty bodies and delete rows that are past their time."""
    bodies, rows = prune(now=timezone.now())
    if bodies or rows:
        log.info("Pruned %d bodies and %d messages", bodies, rows)


@shared_task
def tell_owners_of_quotas() -> None:
    """Mail the owners whose quota is nearly or quite used up, once a day each."""
    tell_of_quotas(now=timezone.now())


@shared_task
def cut_log() -> None:
    """On SQLite: what was erased is gone from the log as well, within a minute or so."""
    sqlite_log.cut()


@shared_task
def rewrite_database() -> None:
    """At night, on SQLite: what was erased is gone from between the rows as well."""
    if timezone.now().hour == NIGHT_HOUR:
        sqlite_file.rewrite()


def _ring(task: str) -> None:
    """A lost ring costs seconds: beat rings too."""
    try:
        publish(task)
    except Exception as error:  # whatever a broker's client may raise
        log.warning("The broker is away; periodic runs go on. %s", error)
