"""Prove that a database that fails loses no event and is told to nobody but by 503.

PostgreSQL is restarted with an immediate shutdown. SQLite's file is locked by somebody
else, and its disk is full: the kernel lets the web server's processes write nothing.
"""

from __future__ import annotations

import random
import resource
import sqlite3
import time

from django.db import connection

from promoter.lib.scratch import keep_every_commit, restart
from segment_ingest.proving.ingest import Kept, asked_once, bodies_of, process_all
from segment_ingest.proving.proof import Given, Proof, make_ground
from segment_ingest.proving.web import Clients, Web

LOCKED_SECONDS = (0.5, 3.0)
FULL_SECONDS = (0.5, 2.0)


def prove_database(given: Given, *, people: int, faults: int, threads: int) -> Proof:
    """An identify and a track of so many people, while the database fails so often."""
    if connection.vendor == "postgresql":
        keep_every_commit()
    ground = make_ground(now=given.clock())
    chance = given.chance()
    bodies = list(bodies_of(people, chance))
    moments = sorted(chance.randrange(len(bodies)) for _ in range(faults))
    start = time.monotonic()
    with Web(given.folder) as web:
        clients = Clients(web, key=ground.key, bodies=bodies, threads=threads)
        for number, moment in enumerate(moments):
            clients.wait_for(moment)
            _fail(given, web, chance, number)
        told = clients.wait()
    seconds = time.monotonic() - start
    kept = Kept(ground, people=people)
    process_all(given)
    asked = asked_once(ground)
    return Proof(
        figures={
            "events": kept.expected,
            "faults": faults,
            **told.figures,
            "slowest-s": f"{told.slowest:.1f}",
            **kept.figures,
            "asked-once": asked,
            "seconds": f"{seconds:.1f}",
        },
        broken={
            **kept.broken,
            **told.broken,
            "requests were not answered": told.unanswered,
            "people were not asked, or twice": abs(people - asked),
        },
    )


def _fail(given: Given, web: Web, chance: random.Random, number: int) -> None:
    if connection.vendor == "postgresql":
        restart(given.restart_command)
    elif number % 2:
        _fill_the_disk(web, seconds=chance.uniform(*FULL_SECONDS))
    else:
        _lock(seconds=chance.uniform(*LOCKED_SECONDS))


def _lock(*, seconds: float) -> None:
    """Somebody else writes, and takes their time."""
    other = sqlite3.connect(connection.settings_dict["NAME"], timeout=20)
    try:
        other.execute("BEGIN IMMEDIATE")
        time.sleep(seconds)
    finally:
        other.close()


def _fill_the_disk(web: Web, *, seconds: float) -> None:
    _limit(web, 0)
    try:
        time.sleep(seconds)
    finally:
        _limit(web, resource.RLIM_INFINITY)


def _limit(web: Web, most: int) -> None:
    """How long a file the server's processes may write."""
    for pid in web.workers:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
