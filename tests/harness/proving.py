"""`manage.py prove` as a process of its own, on a scratch database beside the test's."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass

from tests.harness.processes import REPOSITORY
from tests.harness.worker import environment

LIMIT_SECONDS = 240


@dataclass(frozen=True)
class Proven:
    """What the command printed: how to repeat it, and each heading's figure."""

    title: str
    figures: dict[str, str]


def prove(*arguments: str, **more: str) -> Proven:
    """Run it to its end, which must be a good one; `more` is for its environment."""
    told = environment(redis_url="redis://127.0.0.1:1/0", email_url="smtp://127.0.0.1:1")
    return _run(
        [sys.executable, "-m", "tests.harness.migrated", "prove", *arguments],
        os.environ | told | {"LOG_LEVEL": "ERROR"} | more,
    )


def prove_on_postgres(*arguments: str) -> Proven:
    """The same on a PostgreSQL of its own, which may be restarted: nobody else is there."""
    told = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    runner = [sys.executable, "-m", "tests.harness.postgres"]
    return _run(
        [*runner, sys.executable, "-m", "tests.harness.migrated", "prove", *arguments],
        told | {"LOG_LEVEL": "ERROR"},
    )


def _run(command: list[str], environment: dict[str, str]) -> Proven:
    run = subprocess.run(
        command,
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
    )
    assert run.returncode == 0, run.stdout + run.stderr[-5000:]
    title, headings, figures = run.stdout.splitlines()
    return Proven(title, dict(zip(headings.split(), figures.split(), strict=True)))
