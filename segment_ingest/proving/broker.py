"""Prove that a broker which forgets or is away costs no event and no minute, and that two
beats which ring for the same work double nothing.

Web server, workers and beats run as in production, over a broker of their own that is
flushed, or killed for a while; the mail server counts what arrives.
"""

from __future__ import annotations

import time
from collections import Counter
from datetime import timedelta

from django.db.models import F, Max

from segment_ingest.proving.ingest import Kept, asked_once, bodies_of
from segment_ingest.proving.proof import Given, Ground, Proof, make_ground
from segment_ingest.proving.web import Clients, Told, Web
from surveys.models import SurveyEmail
from surveys.proving.crew import BEATS, Crew

AWAY_SECONDS = (2.0, 8.0)
MOST_LATE = timedelta(seconds=60)
PATIENCE_SECONDS = 150
THREADS = 4
WORKERS = 2
Status = SurveyEmail.Status


def prove_broker(given: Given, *, people: int, faults: int) -> Proof:
    """An identify and a track of so many people, and a fault of the broker so often."""
    return _prove(given, people=people, faults=faults)


def prove_beats(given: Given, *, people: int) -> Proof:
    """The same with a broker that is well: two beats have all the time to double."""
    return _prove(given, people=people, faults=0)


def _prove(given: Given, *, people: int, faults: int) -> Proof:
    ground = make_ground(now=given.clock())
    start = time.monotonic()
    with (
        Crew(WORKERS, folder=given.folder) as crew,
        Web(given.folder, REDIS_URL=crew.redis_url) as web,
    ):
        told = _send(given, ground, crew, web, people=people, faults=faults)
        _wait_for(people, crew)
        arrived = Counter(crew.record.read_text().splitlines())
    kept = Kept(ground, people=people)
    asked = asked_once(ground)
    late = _latest(ground)
    twice = sum(number > 1 for number in arrived.values())
    return Proof(
        figures={
            "events": kept.expected,
            "beats": BEATS,
            "faults": faults,
            **told.figures,
            **kept.figures,
            "asked-once": asked,
            "arrived": len(arrived),
            "twice": twice,
            "latest-s": f"{late.total_seconds():.1f}",
            "seconds": f"{time.monotonic() - start:.1f}",
        },
        broken={
            **kept.broken,
            **told.broken,
            "answers were 503": told.statuses[503],
            "requests were not answered": told.unanswered,
            "people were not asked, or twice": abs(people - asked),
            "people got no mail": people - len(arrived),
            "mails came twice": twice,
            "seconds is the longest wait for a mail, over a minute": (
                int(late.total_seconds()) if late > MOST_LATE else 0
            ),
        },
    )


def _latest(ground: Ground) -> timedelta:
    """The longest time from an event to its mail."""
    mails = SurveyEmail.objects.filter(account=ground.account, status=Status.SENT)
    took = F("sent_at") - F("survey__triggered_at")
    return mails.aggregate(most=Max(took))["most"] or timedelta(0)


def _send(
    given: Given, ground: Ground, crew: Crew, web: Web, *, people: int, faults: int
) -> Told:
    """All of it, with the faults on the way."""
    chance = given.chance()
    bodies = list(bodies_of(people, chance))
    clients = Clients(web, key=ground.key, bodies=bodies, threads=THREADS)
    for number, moment in enumerate(
        sorted(chance.randrange(len(bodies)) for _ in range(faults))
    ):
        clients.wait_for(moment)
        if number % 2:
            crew.flush()
        else:
            crew.lose_broker()
            time.sleep(chance.uniform(*AWAY_SECONDS))
            crew.wake()
    return clients.wait()


def _wait_for(people: int, crew: Crew) -> None:
    """Until so many mails are sent, and the beats have rung once more; or not at all."""
    end = time.monotonic() + PATIENCE_SECONDS
    sent = SurveyEmail.objects.filter(status=Status.SENT)
    while sent.count() < people and time.monotonic() < end:
        crew.wake()
        time.sleep(0.2)
    time.sleep(6)
