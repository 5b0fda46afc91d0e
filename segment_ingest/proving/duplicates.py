"""Prove that an event which comes many times at once counts once.

Every event comes in several requests, each time among others and in another order, over
HTTP to both processes of the web server; its copies are answered 200 like the first.
"""

from __future__ import annotations

import random
import time

from segment_ingest.proving.ingest import Kept, asked_once, events_of, process_all
from segment_ingest.proving.proof import Given, Proof, make_ground
from segment_ingest.proving.web import Clients, Web, batch_of

PEOPLE_A_BATCH = 5


def prove_duplicates(given: Given, *, people: int, copies: int, threads: int) -> Proof:
    """An identify and a track of so many people, each event so many times."""
    ground = make_ground(now=given.clock())
    bodies = bodies_with_copies(people, copies, given.chance())
    start = time.monotonic()
    with Web(given.folder) as web:
        told = Clients(web, key=ground.key, bodies=bodies, threads=threads).wait()
    seconds = time.monotonic() - start
    kept = Kept(ground, people=people)
    process_all(given)
    asked = asked_once(ground)
    return Proof(
        figures={
            "events": kept.expected,
            "copies": copies,
            "threads": threads,
            **told.figures,
            **kept.figures,
            "counted": kept.counted,
            "asked-once": asked,
            "seconds": f"{seconds:.1f}",
        },
        broken={
            **kept.broken,
            **told.broken,
            "people were not asked, or twice": abs(people - asked),
        },
    )


def bodies_with_copies(people: int, copies: int, chance: random.Random) -> list[bytes]:
    """Batches of a few people each, whose neighbours differ from copy to copy.

    The copies of a part of the people stand close together, so that they meet.
    """
    bodies = []
    part = PEOPLE_A_BATCH * 4
    for begin in range(0, people, part):
        near = []
        for _ in range(copies):
            numbers = list(range(begin, min(begin + part, people)))
            chance.shuffle(numbers)
            near += [
                batch_of([one for each in some for one in events_of(each)])
                for at in range(0, len(numbers), PEOPLE_A_BATCH)
                if (some := numbers[at : at + PEOPLE_A_BATCH])
            ]
        chance.shuffle(near)
        bodies += near
    return bodies
