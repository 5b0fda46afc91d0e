"""The suite's own PostgreSQL comes, is used, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import psycopg
import pytest

from tests.harness.processes import REPOSITORY, wait_until

RUNNER = [sys.executable, "-m", "tests.harness.postgres"]
ASK = (
    "import os, psycopg\n"
    "with psycopg.connect(os.environ['DATABASE_URL']) as link:\n"
    "    print(link.execute('select 6 * 7').fetchone()[0])\n"
    "raise SystemExit(3)"
)
TELL_AND_WAIT = (
    "import os, time\n"
    "print(os.environ['DATABASE_URL'], os.getpid(), flush=True)\n"
    "time.sleep(60)"
)


@pytest.fixture
def environment(tmp_path) -> dict[str, str]:
    """Without a PostgreSQL from outside, in a DATA_DIR of its own."""
    values = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    return values | {"DATA_DIR": str(tmp_path)}


def test_a_command_has_a_database_and_its_exit_code_is_the_runners(environment):
    run = subprocess.run(
        [*RUNNER, sys.executable, "-c", ASK],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
    )

    assert (run.returncode, run.stdout) == (3, "42\n")


def start_and_send(number: int, environment: dict[str, str]) -> tuple[str, int]:
    """Start a runner and end it by the signal; its DATABASE_URL and its command's pid."""
    with subprocess.Popen(
        [*RUNNER, sys.executable, "-c", TELL_AND_WAIT],
        cwd=REPOSITORY,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as runner:
        url, pid = runner.stdout.readline().split()
        psycopg.connect(url).close()
        runner.send_signal(number)
        runner.wait(60)
    return url, int(pid)


def home_of(url: str) -> Path:
    return Path(unquote(url.partition("@")[2].partition("/")[0]))


def test_an_ended_run_leaves_neither_server_command_nor_files(environment):
    url, pid = start_and_send(signal.SIGTERM, environment)

    assert not is_alive(pid)
    assert not answers(url)
    assert not home_of(url).exists()


def test_a_killed_runs_server_and_command_end_and_the_next_run_removes_its_files(
    environment,
):
    url, pid = start_and_send(signal.SIGKILL, environment)

    wait_until(lambda: not is_alive(pid), what="the command to end")
    wait_until(lambda: not answers(url), what="the server to end")
    subprocess.run([*RUNNER, "true"], cwd=REPOSITORY, env=environment, check=True)
    assert not home_of(url).exists()


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def answers(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


def test_a_database_from_outside_is_used_and_none_is_started(environment, tmp_path):
    outside = "postgresql://promoter@127.0.0.1:1/promoter"

    run = subprocess.run(
        [*RUNNER, sys.executable, "-c", "import os; print(os.environ['DATABASE_URL'])"],
        cwd=REPOSITORY,
        env=environment | {"DATABASE_URL": outside},
        capture_output=True,
        text=True,
        check=True,
    )

    assert run.stdout.strip() == outside
    assert not (tmp_path / "tmp").exists()


def test_a_database_of_another_kind_is_refused_in_words(environment):
    run = subprocess.run(
        [*RUNNER, "true"],
        cwd=REPOSITORY,
        env=environment | {"DATABASE_URL": "sqlite:///x.sqlite3"},
        capture_output=True,
        text=True,
    )

    assert run.returncode == 2
    assert run.stderr == "DATABASE_URL must be a PostgreSQL's here, or unset.\n"
