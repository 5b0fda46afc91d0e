"""The promise itself: workers are killed while sending; none twice, none silently lost."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace

import pytest

from surveys.management.commands.prove import table
from surveys.proving import Proof
from tests.harness.processes import REPOSITORY
from tests.harness.worker import environment

GOOD = Proof(
    seed=1,
    messages=1000,
    workers=3,
    kills=20,
    stops=2,
    sent=995,
    uncertain=5,
    uncertain_arrived=4,
    twice=0,
    lost=0,
    unfinished=0,
    seconds=10.0,
)


@pytest.mark.django_db
def test_killed_workers_send_nothing_twice_and_lose_nothing(django_db_setup):
    sizes = ["--messages=1000", "--kills=20", "--workers=3"]
    run = subprocess.run(
        [sys.executable, "manage.py", "prove", "sending", *sizes],
        cwd=REPOSITORY,
        env=_environment(),
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert run.returncode == 0, run.stdout + run.stderr[-5000:]
    headings, figures = (line.split() for line in run.stdout.splitlines()[1:3])
    found = dict(zip(headings, figures, strict=True))
    assert found["messages"] == "1000"
    assert found["twice"] == found["lost"] == "0"
    assert int(found["sent"]) + int(found["uncertain"]) == 1000
    assert re.search(r"--seed \d+", run.stdout)


def _environment() -> dict[str, str]:
    return {
        **os.environ,
        **environment(redis_url="redis://127.0.0.1:1/0", email_url="smtp://127.0.0.1:1"),
        "LOG_LEVEL": "ERROR",
    }


def test_a_kept_promise_has_no_breaches():
    assert GOOD.breaches == []


@pytest.mark.parametrize(
    "broken", [{"twice": 1}, {"lost": 1}, {"unfinished": 1}, {"uncertain": 61}]
)
def test_each_broken_promise_is_a_breach(broken):
    assert len(replace(GOOD, **broken).breaches) == 1


def test_the_table_tells_how_to_repeat_it():
    lines = table(GOOD).splitlines()
    assert lines[0] == "prove sending --seed 1"
    assert lines[1].split()[-1] == "mails/s"
    assert lines[2].split()[-1] == "100"
