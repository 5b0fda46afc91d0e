"""`make run` from outside: what it prints, what it starts, how it ends."""

# ruff: noqa: S310 - every address here is our own server's

from __future__ import annotations

import base64
import http.cookiejar
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import stat
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import closing

import pytest
from django.conf import settings

from tests.harness.migrated import migrated_file
from tests.harness.processes import wait_until
from tests.local.supervised import LABELS, Supervised, living, process_table

# The supervisor has an SQLite file of its own, whatever database the suite runs on.
pytestmark = pytest.mark.skipif(
    not settings.DATABASE_URL.startswith("sqlite"), reason="run on SQLite's turn"
)

# What the product promises is 2 s; the rest is for a machine that runs a suite beside it.
MAIL_LIMIT = 60


@pytest.fixture(scope="module")
def running(tmp_path_factory) -> Iterator[Supervised]:
    supervised = Supervised(tmp_path_factory.mktemp("run") / "var of a newcomer")
    try:
        supervised.wait_until_ready()
        yield supervised
    finally:
        code = supervised.end()
    assert code == 0, supervised.output


def get(address: str) -> str:
    with urllib.request.urlopen(address, timeout=30) as answer:
        return answer.read().decode()


def order(running: Supervised, person: str) -> None:
    """Tell of a person and of their order, as a Segment client would."""
    key = base64.b64encode(f"{running.said('Segment API key  ')}:".encode()).decode()
    traits = {"email": f"{person}@example.com", "firstName": person.title()}
    events = [
        {"type": "identify", "userId": person, "traits": traits},
        {"type": "track", "userId": person, "event": "Order Completed"},
    ]
    request = urllib.request.Request(
        f"{running.address}/v1/batch",
        json.dumps({"batch": events}).encode(),
        {"Authorization": f"Basic {key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 200


def mail_for(running: Supervised, person: str) -> str:
    """The address of this person's mail on the Mail page, once it is there."""
    row = re.compile(rf'href="(/mail/[^"]+)"(?:(?!</li>).)*{person}@example\.com', re.S)

    def found() -> re.Match[str] | None:
        return row.search(get(running.said("Mail     ")))

    # Seldom: what is waited for shares the processors with who answers this.
    return running.address + wait_until(found, MAIL_LIMIT, what="the mail", every=0.25)[1]


def test_the_four_lines_say_where_and_with_what(running):
    assert all(
        sum(line.startswith(label) for line in running.output.splitlines()) == 1
        for label in LABELS
    )
    assert running.said("Open     ") == f"{running.address}/"
    assert running.said("Mail     ") == f"{running.address}/mail/"
    assert re.fullmatch(r"\S+@\S+ / \S+", running.said("Sign in  "))
    assert re.fullmatch(r"seg_\w+", running.said("Segment API key  "))


def test_what_is_not_there_is_said_on_our_own_page(running):
    with pytest.raises(urllib.error.HTTPError) as refused:
        get(f"{running.address}/nowhere/")
    assert refused.value.code == 404
    page = refused.value.read().decode()
    assert "DEBUG" not in page
    (styles,) = set(re.findall(r'href="(/static/[^"]+\.css)"', page)[:1])
    assert get(running.address + styles)


def test_a_newcomer_signs_in_with_the_printed_password(running):
    email, _, password = running.said("Sign in  ").partition(" / ")
    browser = urllib.request.build_opener(
        urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    )
    form = browser.open(f"{running.address}/sign-in/", timeout=30).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)[1]
    fields = {"login": email, "password": password, "csrfmiddlewaretoken": token}

    answer = browser.open(
        f"{running.address}/sign-in/", urllib.parse.urlencode(fields).encode(), timeout=30
    )

    assert answer.url == f"{running.address}/"
    assert "Sign out" in answer.read().decode()


def test_an_order_brings_a_survey_mail_to_the_mail_page(running, record_property):
    order(running, "ada")
    ordered_at = time.monotonic()

    page = mail_for(running, "ada")

    record_property("seconds_to_the_mail_page", round(time.monotonic() - ordered_at, 2))
    assert "How did we do?" in get(page)
    assert "Ada" in get(f"{page}html/")
    links = re.findall(r"http[^\"\s>]+score=9", get(f"{page}html/"))
    assert links[0].startswith(running.address)
    # Quicker than a person reads: no scanner sees a mail that stays on this computer.
    form = get(links[0])
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    answer = urllib.parse.urlencode(fields | {"score": 9, "comment": "Quick"}).encode()
    with urllib.request.urlopen(links[0].partition("?")[0], answer, timeout=30) as thanks:
        assert thanks.status == 200
    with closing(sqlite3.connect(running.data_dir / "promoter.sqlite3")) as database:
        newest = "SELECT score, comment FROM surveys_response ORDER BY id DESC LIMIT 1"
        assert database.execute(newest).fetchall() == [(9, "Quick")]


def test_what_is_secret_is_readable_by_its_owner_alone(running):
    for name in ("secret_key", "demo.json", "promoter.sqlite3", "valkey/valkey.conf"):
        assert stat.S_IMODE((running.data_dir / name).stat().st_mode) == 0o600, name


def test_a_worker_that_dies_is_started_again_and_the_mail_comes(running):
    (worker,) = workers(running)

    os.kill(worker, signal.SIGKILL)

    order(running, "grace")
    wait_until(lambda: "Worker ended (signal 9)" in running.output, what="the sentence")
    assert mail_for(running, "grace")
    assert workers(running) - {worker}


def test_while_the_broker_is_away_events_are_taken_and_the_mail_comes_later(running):
    (broker,) = processes(running, "valkey-server")

    os.kill(broker, signal.SIGKILL)

    order(running, "barbara")
    assert mail_for(running, "barbara")
    assert processes(running, "valkey-server") - {broker}


def workers(running: Supervised) -> set[int]:
    return processes(running, " worker ")


def processes(running: Supervised, word: str) -> set[int]:
    pids = running.descendants()
    return {row[0] for row in process_table() if row[0] in pids and word in row[3]}


def test_a_second_one_in_the_same_directory_is_refused(running):
    second = Supervised(running.data_dir)

    assert second.process.wait(60) == 1
    assert second.output.startswith(f"Promoter runs already in {running.data_dir} (process")
    assert second.output.count("\n") == 1


def test_a_port_that_is_taken_is_named(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        supervised = Supervised(tmp_path / "var", port=port)

        assert supervised.process.wait(60) == 1
        assert supervised.output == (
            f"Port {port} is taken by another program. Choose another one, for example: "
            f"PORT={port + 1} make run\n"
        )


def test_nothing_outlives_a_killed_supervisor_and_the_next_start_goes_on(tmp_path):
    data_dir = tmp_path / "var"
    data_dir.mkdir()
    # The migrations of a first start are `running`'s.
    shutil.copyfile(migrated_file(), data_dir / "promoter.sqlite3")
    first = Supervised(data_dir)
    first.wait_until_ready()
    started = first.descendants()
    assert len(started) >= 6

    first.end(signal.SIGKILL)
    # At once: it waits for what is left of the first.
    second = Supervised(first.data_dir)

    second.wait_until_ready()
    assert living(started) == set()
    assert second.said("Segment API key  ") == first.said("Segment API key  ")
    assert second.said("Sign in  ") == first.said("Sign in  ")
    started = second.descendants()
    assert second.end(signal.SIGINT) == 0
    assert living(started) == set()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_start_may_be_interrupted(tmp_path, number):
    supervised = Supervised(tmp_path / "var")
    started = wait_until(lambda: len(s := supervised.descendants()) >= 4 and s)

    assert supervised.end(number) == 0
    assert supervised.output == "\nStopping …\n"
    assert living(started) == set()


def test_a_killed_make_takes_everything_with_it(tmp_path):
    under_make = Supervised(tmp_path / "var", under=("/bin/sh", "-c", '"$@"; exit', "make"))
    started = wait_until(lambda: len(s := under_make.descendants()) >= 5 and s)

    under_make.process.kill()

    wait_until(lambda: not living(started), what="the end of all processes")
    under_make.process.wait()
