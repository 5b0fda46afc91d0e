"""Prove that each mail comes to exactly one right end, however the mail server fails.

A server in this process refuses, hangs up, hangs, talks nonsense and breaks off in the
middle of a line, at steps of a seeded choice, while mails are delivered under a clock that
is put on from one try to the next. Between faults it is well, so that mail gets through.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from datetime import datetime, timedelta

from django.db.models import QuerySet

from contacts.models import Suppression
from promoter.lib.smtp_sink import Phase
from promoter.lib.smtp_sink_thread import SmtpSink
from segment_ingest.proving.proof import Given, Proof
from segment_ingest.proving.visitor import mail_server
from surveys.delivery import deliver_due
from surveys.models import SurveyEmail
from surveys.proving.sending import FINAL, make_due
from surveys.sending import transport

Status = SurveyEmail.Status
STEPS = ("connect", "ehlo", "auth", "mail", "rcpt", "data", "body", "dot")
KINDS = ("4xx", "5xx", "nonsense", "hang-up", "silence", "half-line", "loses-its-word")
# How many mails, on average, go between two faults.
MAILS_A_FAULT = 4
MOST_TIMES = 2
PATIENCE_SECONDS = 0.25
# From when the server is well again: more than the 72 hours after which a mail is given up.
LONGEST = timedelta(days=5)
# The mail is with the server, and its answer is what is missing.
LAST = {Phase.BODY, Phase.DOT}
REPLIES = {
    "4xx": {"rcpt": "451 4.7.1 greylisted", "": "421 4.3.2 not now"},
    "5xx": {"rcpt": "550 5.1.1 no such user", "": "554 5.7.1 not you"},
    "nonsense": {"": "hello"},
}


def prove_smtp_faults(given: Given, *, mails: int) -> Proof:
    """Deliver so many, with a fault for every few of them."""
    start, chance = given.clock(), given.chance()
    begin = time.monotonic()
    make_due(mails, now=start)
    faults = Counter[str]()
    # With a sign-in, so that it can go wrong too.
    user = {"EMAIL_HOST_USER": "us", "EMAIL_HOST_PASSWORD": "-"}
    with mail_server(EMAIL_TIMEOUT=PATIENCE_SECONDS, **user) as sink:
        now = start
        for _ in range(max(mails // MAILS_A_FAULT, len(STEPS))):
            faults[_misbehave(sink, chance)] += 1
            now = _deliver(now, chance)
        sink.behave()
        well = now
        while now < well + LONGEST and _waiting().exists():
            now = _deliver(now, chance)
        arrived = Counter(each.message_id for each in sink.envelopes)
    return _judge(faults, arrived, seconds=time.monotonic() - begin)


def _judge(faults: Counter[str], arrived: Counter[str], *, seconds: float) -> Proof:
    fates = dict(SurveyEmail.objects.values_list("email_message_id", "status"))
    ends = Counter(fates.values())
    twice = sum(number > 1 for number in arrived.values())
    lost = sum(fate == Status.SENT and not arrived[key] for key, fate in fates.items())
    denied = sum(fate == Status.FAILED and arrived[key] > 0 for key, fate in fates.items())
    dead = Suppression.objects.count()
    unfinished = sum(fate not in FINAL for fate in fates.values())
    return Proof(
        figures={
            "mails": len(fates),
            **{kind: faults[kind] for kind in KINDS},
            **{str(end): ends[end] for end in FINAL},
            "suppressed": dead,
            "arrived": len(arrived),
            "twice": twice,
            "seconds": f"{seconds:.1f}",
        },
        broken={
            "mails came twice": twice,
            "mails are called sent and never came": lost,
            "mails came and are called failed": denied,
            "mails came to no end": unfinished,
            "mails are uncertain beyond the faults that leave a doubt": max(
                0, ends[Status.UNCERTAIN] - faults.total() * MOST_TIMES
            ),
            "addresses are suppressed without a word about them": max(
                0, dead - faults["5xx"] * MOST_TIMES
            ),
        },
    )


def _misbehave(sink: SmtpSink, chance: random.Random) -> str:
    """One fault more, once or twice, at a step where it can be; its kind."""
    kind, step = chance.choice(KINDS), chance.choice(STEPS)
    times = chance.randint(1, MOST_TIMES)
    if kind == "loses-its-word":
        # It has the mail, and dies before it says so.
        sink.drop(Phase.DOT, keep=True, times=times)
    elif kind == "hang-up":
        sink.drop(step, times=times)
    elif kind == "silence":
        sink.delay(step, PATIENCE_SECONDS * 4, times=1)
    elif step == Phase.BODY:
        # The server has nothing to say there.
        sink.drop(step, times=times)
        kind = "hang-up"
    elif kind == "half-line":
        sink.cut(step, chance.randrange(9), times=times)
    else:
        replies = REPLIES[kind]
        sink.answer(step, replies.get(step, replies[""]), times=times)
    return kind


def _deliver(now: datetime, chance: random.Random) -> datetime:
    """What is due, a part of it; the moment of the next try."""
    looks = iter(range(chance.randint(2, 12)))

    def clock() -> datetime:
        # Each look is a second later, so that a run carries a few mails only.
        return now + timedelta(seconds=next(looks, 60))

    with transport.connection() as way_out:
        deliver_due(clock=clock, transport=way_out, limit=timedelta(seconds=30))
    return now + timedelta(minutes=chance.choice((1, 1, 5, 61)))


def _waiting() -> QuerySet[SurveyEmail]:
    return SurveyEmail.objects.exclude(status__in=FINAL)
