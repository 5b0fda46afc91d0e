"""Which lines of a child reach the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from promoter.local import logs
from promoter.local.logs import Log

CELERY = b"""[2026-11-24 00:14:48,370: INFO/MainProcess] Task succeeded
[2026-11-24 00:14:49,370: ERROR/MainProcess] Task raised
Traceback (most recent call last):
  File "x.py", line 1, in x
ValueError: no
[2026-11-24 00:14:50,370: INFO/MainProcess] Task succeeded
"""


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    log = Log(tmp_path / "worker.log")
    yield log
    log.close()


def test_an_error_is_shown_with_its_traceback_and_nothing_else_is(log, capsys):
    log.show_errors("worker", log.feed(CELERY), now=0)

    shown = capsys.readouterr().out
    assert [line.removeprefix("worker   ") for line in shown.splitlines()] == (
        CELERY.decode().splitlines()[1:5]
    )
    assert log.path.read_bytes() == CELERY


def test_a_line_counts_once_it_is_whole(log):
    assert log.feed(b"2026-11-24 ERR") == []
    assert log.feed(b"OR\n2026") == [b"2026-11-24 ERROR"]


def test_an_error_a_request_does_not_flood_the_terminal(log, capsys):
    flood = [b"2026-11-24 00:14:49,370 ERROR django.request: no"] * 1000

    log.show_errors("web", flood, now=0)
    log.show_errors("web", flood, now=1)

    shown = capsys.readouterr().out.splitlines()
    assert len(shown) == logs.SHOWN_LINES + 1
    assert shown[-1] == f"web      More errors are in {log.path}."


def test_a_log_stays_small(log, monkeypatch):
    monkeypatch.setattr(logs, "MAX_BYTES", 100)

    for _ in range(50):
        log.feed(b"x" * 30 + b"\n")

    files = sorted(log.path.parent.iterdir())
    assert [file.name for file in files] == ["worker.log", "worker.log.1"]
    assert all(file.stat().st_size <= 131 for file in files)
