"""Prove that what is said of a person ends in the one state that follows from it.

Threads send identify, track and delete calls, each with its time as Segment's clients do:
of every second person in their order, of the others in any; several workers process
whatever waits meanwhile.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import OperationalError, connections

from contacts.models import Contact
from segment_ingest.models import SegmentMessage
from segment_ingest.processing import process_round
from segment_ingest.proving.proof import EVENT, Given, Ground, Proof, make_ground
from segment_ingest.proving.visitor import Visitor

Verdict = SegmentMessage.Verdict
CALLS = ("identify", "identify", "identify", "track", "delete")
TRAITS = ("plan", "city", "seats", "first")
# Of a round of processing: few, so that a person's calls fall into many rounds.
ROUND = 20


@dataclass
class Story:
    """The calls about one person as they are sent, and how it must end."""

    user_id: str
    calls: list[dict[str, Any]] = field(default_factory=list)
    attributes: dict[str, Any] | None = None

    @classmethod
    def of(
        cls, number: int, chance: random.Random, *, length: int, begin: datetime
    ) -> Story:
        user_id = f"user-{number}"
        story = cls(user_id)
        for step in range(length):
            kind = chance.choice(CALLS)
            call: dict[str, Any] = {
                "type": kind,
                "userId": user_id,
                "messageId": f"{user_id}-{step}",
                "timestamp": (begin + timedelta(milliseconds=step)).isoformat(),
            }
            if kind == "identify":
                told = {name: f"{step}" for name in TRAITS if chance.random() < 0.5}
                call["traits"] = told
                story.attributes = (story.attributes or {}) | told
            elif kind == "track":
                call["event"] = EVENT
            else:
                story.attributes = None
            story.calls.append(call)
        if number % 2:
            chance.shuffle(story.calls)
        return story


def prove_ordering(
    given: Given, *, people: int, length: int, threads: int, workers: int
) -> Proof:
    """So many people with stories of such a length, from so many threads."""
    chance = given.chance()
    grounds = [make_ground(now=given.clock(), name=f"Proof {each}") for each in range(2)]
    begin = given.clock()
    stories = [Story.of(each, chance, length=length, begin=begin) for each in range(people)]
    start = time.monotonic()
    all_sent = threading.Event()
    with ThreadPoolExecutor(threads + workers) as pool:
        working = [pool.submit(_work, given, all_sent) for _ in range(workers)]
        try:
            shares = [
                pool.submit(_tell, stories[each::threads], grounds, chance.random())
                for each in range(threads)
            ]
            refused = sum(share.result() for share in shares)
        finally:
            all_sent.set()
        for each in working:
            each.result()
    ends = [_end(ground) for ground in grounds]
    wrong = sum(end.get(one.user_id) != one.attributes for one in stories for end in ends)
    failed = SegmentMessage.objects.filter(verdict=Verdict.FAILED).count()
    return Proof(
        figures={
            "people": people * len(grounds),
            "calls": SegmentMessage.objects.count(),
            "threads": threads,
            "workers": workers,
            "erased": sum(one.attributes is None for one in stories) * len(grounds),
            "wrong": wrong,
            "failed": failed,
            "seconds": f"{time.monotonic() - start:.1f}",
        },
        broken={
            "people ended in another state": wrong,
            "calls could not be processed": failed,
            "calls were not taken": refused,
        },
    )


def _tell(stories: list[Story], grounds: list[Ground], seed: float) -> int:
    """Mix the stories of a thread; how many calls were not taken."""
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
    visitor = Visitor()
    try:
        return sum(
            visitor.call("batch", {"batch": calls}, key=ground.key) != 200
            for calls in _mixed(stories, chance)
            for ground in grounds
        )
    finally:
        connections.close_all()


def _mixed(stories: list[Story], chance: random.Random) -> Iterator[list[dict[str, Any]]]:
    """One to three calls of somebody at a time."""
    rest = {each.user_id: list(each.calls) for each in stories}
    while rest:
        user_id = chance.choice(list(rest))
        size = chance.randint(1, 3)
        yield rest[user_id][:size]
        del rest[user_id][:size]
        if not rest[user_id]:
            del rest[user_id]


def _work(given: Given, all_sent: threading.Event) -> None:
    """Process until all is sent and nothing waits."""
    waiting = SegmentMessage.objects.filter(verdict=Verdict.PENDING)
    try:
        while not all_sent.is_set() or waiting.exists():
            try:
                done = process_round(now=given.clock(), limit=ROUND).messages
            except OperationalError:
                # As in a worker: the database was busy, the next run does it.
                done = 0
            if not done:
                time.sleep(0.03)
    finally:
        connections.close_all()


def _end(ground: Ground) -> dict[str, dict[str, Any]]:
    people = Contact.objects.filter(account=ground.account)
    return {each.user_id or "": each.attributes for each in people}
