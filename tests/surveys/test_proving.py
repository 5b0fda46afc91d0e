"""The promise itself: accidents happen while sending; none twice, none silently lost."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from segment_ingest.management.commands.prove import table
from surveys.proving.sending import Accidents, Proof
from tests.harness.proving import prove, prove_on_postgres

GOOD = Proof(
    messages=1000,
    workers=3,
    accidents=Accidents(kills=20, stops=2, flushes=1),
    sent=995,
    uncertain=5,
    uncertain_arrived=4,
    twice=0,
    lost=0,
    unfinished=0,
    seconds=10.0,
)


MESSAGES = 60
ACCIDENTS = (f"--messages={MESSAGES}", "--kills=2", "--stops=1", "--flushes=1")


@pytest.mark.django_db
def test_accidents_send_nothing_twice_and_lose_nothing(django_db_setup):
    if connection.vendor == "postgresql":
        proven = prove_on_postgres("sending", *ACCIDENTS, "--restarts=1")
        assert proven.figures["restarts"] == "1"
    else:
        proven = prove("sending", *ACCIDENTS)
    found = proven.figures
    assert found["messages"] == str(MESSAGES)
    assert found["beats"] == "2"
    assert found["twice"] == found["lost"] == "0"
    assert int(found["sent"]) + int(found["uncertain"]) == MESSAGES
    assert re.search(r"--seed \d+", proven.title)


def test_who_restarts_the_database_says_how(monkeypatch):
    monkeypatch.delenv("DATABASE_RESTART", raising=False)
    with pytest.raises(CommandError, match="--restart-command"):
        call_command("prove", "sending", "--restarts=1")


def test_a_kept_promise_has_no_breaches():
    assert GOOD.breaches == []


@pytest.mark.parametrize(
    "broken", [{"twice": 1}, {"lost": 1}, {"unfinished": 1}, {"uncertain": 301}]
)
def test_each_broken_promise_is_a_breach(broken):
    assert len(replace(GOOD, **broken).breaches) == 1


def test_the_table_has_its_figures_below_their_headings():
    title, headings, figures = table("prove sending --seed 1", GOOD.figures).splitlines()
    assert title == "prove sending --seed 1"
    assert headings.split()[-1] == "mails/s"
    assert figures.split()[-1] == "100"
    assert len(headings) == len(figures)
