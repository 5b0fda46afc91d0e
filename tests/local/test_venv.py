"""The environment of `make run`: which Python it takes, and when it installs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.harness.processes import REPOSITORY

PYTHONS = ("python", "python3", *(f"python3.{minor}" for minor in range(11, 15)))


def make_venv(tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["promoter/local/venv.sh", "requirements/run.txt"],
        cwd=REPOSITORY,
        env={"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path / "var")} | environment,
        capture_output=True,
        text=True,
    )


def test_without_a_new_python_there_is_one_sentence(tmp_path):
    old = tmp_path / "bin"
    old.mkdir()
    for name in PYTHONS:
        (old / name).write_text("#!/bin/sh\nexit 1\n")
        (old / name).chmod(0o755)

    done = make_venv(tmp_path, PATH=f"{old}:/usr/bin:/bin")

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == (
        "Promoter needs Python 3.11 or newer and found none on the PATH. Install one, or "
        "name it: PYTHON=/path/to/python3.12 make run\n"
    )


def test_a_python_that_was_named_and_is_too_old_is_refused(tmp_path):
    done = make_venv(tmp_path, PYTHON="/bin/false")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "Promoter needs Python 3.11 or newer; PYTHON=/bin/false is not one.\n"
    )


def test_nothing_is_installed_when_the_lock_has_not_changed(tmp_path):
    venv = tmp_path / "var" / "venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(sys.executable)
    lock = (REPOSITORY / "requirements" / "run.txt").read_bytes()
    (venv / "installed-run.txt").write_bytes(lock)

    # PYTHON would be refused if one were looked for.
    done = make_venv(tmp_path, PYTHON="/bin/false")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
