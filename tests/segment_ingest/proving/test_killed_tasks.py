"""Some of the kills; `make prove ONLY=killed-tasks` has all of them."""

from __future__ import annotations

import pytest

from segment_ingest.proving.killed_tasks import prove_killed_tasks

TASKS = ("contacts.tasks.run_imports", "surveys.tasks.deliver_due_emails")


@pytest.mark.either_database
@pytest.mark.django_db(transaction=True)
def test_a_task_whose_worker_is_killed_is_done_once_all_the_same(given):
    proof = prove_killed_tasks(given, every=45, only=TASKS)
    assert proof.breaches == []
    assert proof.figures["kills"] > 3
