"""The promise itself: workers are killed while sending; none twice, none silently lost."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from segment_ingest.management.commands.prove import table
from surveys.proving import Proof
from tests.harness.proving import prove

GOOD = Proof(
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
    proven = prove("sending", "--messages=1000", "--kills=20", "--workers=3")
    found = proven.figures
    assert found["messages"] == "1000"
    assert found["twice"] == found["lost"] == "0"
    assert int(found["sent"]) + int(found["uncertain"]) == 1000
    assert re.search(r"--seed \d+", proven.title)


def test_a_kept_promise_has_no_breaches():
    assert GOOD.breaches == []


@pytest.mark.parametrize(
    "broken", [{"twice": 1}, {"lost": 1}, {"unfinished": 1}, {"uncertain": 61}]
)
def test_each_broken_promise_is_a_breach(broken):
    assert len(replace(GOOD, **broken).breaches) == 1


def test_the_table_has_its_figures_below_their_headings():
    title, headings, figures = table("prove sending --seed 1", GOOD.figures).splitlines()
    assert title == "prove sending --seed 1"
    assert headings.split()[-1] == "mails/s"
    assert figures.split()[-1] == "100"
    assert len(headings) == len(figures)
