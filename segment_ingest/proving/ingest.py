"""Prove that an event answered 200 is there, once, however the web server dies.

Clients send to the real server over HTTP while its processes are killed at moments of a
seeded choice; what isn't answered 200 is sent again, as Segment does.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator

from django.db.models import Count, Q

from contacts.models import Contact
from segment_ingest.models import DailyUsage, SegmentMessage
from segment_ingest.processing import process_round
from segment_ingest.proving.proof import EVENT, Given, Ground, Proof, make_ground
from segment_ingest.proving.web import Clients, Web, batch_of

LARGEST_BATCH = 5


def prove_ingest(given: Given, *, people: int, kills: int, threads: int) -> Proof:
    """An identify and a track of so many people, while the server is killed so often."""
    ground = make_ground(now=given.clock())
    chance = given.chance()
    bodies = list(bodies_of(people, chance))
    moments = sorted(chance.randrange(len(bodies)) for _ in range(kills))
    start = time.monotonic()
    with Web(given.folder) as web:
        clients = Clients(web, key=ground.key, bodies=bodies, threads=threads)
        for moment in moments:
            clients.wait_for(moment)
            web.wait()
            web.kill(chance)
        told = clients.wait()
    seconds = time.monotonic() - start
    kept = Kept(ground, people=people)
    process_all(given)
    asked = asked_once(ground)
    return Proof(
        figures={
            "events": kept.expected,
            "kills": kills,
            "starts": web.starts,
            **told.figures,
            **kept.figures,
            "asked-once": asked,
            "seconds": f"{seconds:.1f}",
            "events/s": f"{kept.expected / seconds:.0f}",
        },
        broken={
            **kept.broken,
            **told.broken,
            "people were not asked, or twice": abs(people - asked),
        },
    )


def bodies_of(people: int, chance: random.Random) -> Iterator[bytes]:
    """Batches of one to five people, with an identify and a track each, in order."""
    person = 0
    while person < people:
        size = min(chance.randint(1, LARGEST_BATCH), people - person)
        events = [one for each in range(size) for one in events_of(person + each)]
        yield batch_of(events)
        person += size


def events_of(person: int) -> list[dict[str, object]]:
    who: dict[str, object] = {"userId": f"user-{person}"}
    traits = {"email": f"person{person}@example.com"}
    return [
        who | {"type": "identify", "messageId": f"i-{person}", "traits": traits},
        who | {"type": "track", "messageId": f"t-{person}", "event": EVENT},
    ]


class Kept:
    """What the database kept of the events of so many people."""

    def __init__(self, ground: Ground, *, people: int) -> None:
        rows = SegmentMessage.objects.filter(account=ground.account)
        times = Counter(rows.values_list("message_id", flat=True))
        wanted = [f"{kind}-{each}" for each in range(people) for kind in "it"]
        self.expected = len(wanted)
        self.stored = times.total()
        self.missing = sum(times[each] == 0 for each in wanted)
        self.doubled = sum(number > 1 for number in times.values())
        usage = DailyUsage.objects.filter(account=ground.account)
        self.counted = sum(usage.values_list("accepted", flat=True))
        self.miscounted = abs(self.counted - self.expected)

    @property
    def figures(self) -> dict[str, object]:
        return {"stored": self.stored, "missing": self.missing, "doubled": self.doubled}

    @property
    def broken(self) -> dict[str, int]:
        return {
            "events answered 200 are missing": self.missing,
            "events are stored twice": self.doubled,
            "more events are counted than sent, or fewer": self.miscounted,
        }


def process_all(given: Given) -> None:
    while process_round(now=given.clock()).messages:
        pass


def asked_once(ground: Ground) -> int:
    """How many people of the account have exactly one survey."""
    asked = Count("surveys", filter=Q(surveys__skip_reason=""))
    people = Contact.objects.filter(account=ground.account).annotate(times=asked)
    return people.filter(times=1).count()
