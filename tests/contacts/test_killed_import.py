"""A worker killed in the middle of an import, for real: SIGKILL, no farewell."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from contacts.import_jobs import ImportJob
from contacts.importing.files import rejected_path, upload_path
from contacts.models import Contact
from contacts.tasks import import_bell, run_imports
from tests.contacts.uploads import csv_bytes, queued
from tests.harness.processes import wait_until
from tests.harness.worker import Worker, environment

ROWS = 6_000


@pytest.mark.django_db(transaction=True)
def test_another_goes_on_where_it_stopped(
    account, alice, valkey, smtp_sink, tmp_path, settings
):
    # The worker is another process: it knows the installation's folder.
    settings.IMPORT_DIR = settings.DATA_DIR / "imports"
    job = queued(
        account,
        alice,
        csv_bytes(
            ("email", "userId", "plan"),
            *(
                (f"p{n}@example.com" if n % 10 else "bad", f"u{n}", "pro")
                for n in range(ROWS)
            ),
        ),
    )
    worker = Worker(
        name="doomed",
        environment=environment(redis_url=valkey.url(), email_url=smtp_sink.url),
        log=tmp_path / "worker.log",
        pool="prefork",
    )
    try:
        import_bell.ring()
        wait_until(
            lambda: ImportJob.objects.get(pk=job.pk).rows_done > 0,
            limit=60,
            what="the first chunk",
        )
    finally:
        worker.process.kill()

    job.refresh_from_db()
    assert job.status == "running"
    assert 0 < job.rows_done < ROWS
    run_imports()
    assert ImportJob.objects.get(pk=job.pk).status == "running"

    ImportJob.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    while not (job := ImportJob.objects.get(pk=job.pk)).finished_at:
        run_imports()

    assert (job.status, job.rows_done, job.attempt >= 2) == ("done", ROWS, True)
    assert (job.created, job.updated, job.rejected) == (5_400, 0, 600)
    assert Contact.objects.filter(account=account).count() == 5_400
    lines = rejected_path(job).read_text("utf-8-sig").splitlines()[1:]
    assert [line.split(",")[1] for line in lines] == [f"u{n}" for n in range(0, ROWS, 10)]
    assert not upload_path(job).exists()
    rejected_path(job).unlink()
