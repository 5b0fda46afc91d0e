"""Prove on real processes that no accident repeats or loses a mail.

Celery workers and two beats run as in production, over a broker of their own. At moments
of a seeded choice a worker is killed or stopped, with SIGKILL and SIGSTOP, the broker is
flushed and the database restarted; the mail server counts what arrives.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from campaigns.models import Campaign, EmailTemplate
from contacts.models import Contact, ContactList
from promoter.accounts.models import Account
from promoter.lib.scratch import keep_every_commit, restart
from surveys.models import Survey, SurveyEmail
from surveys.proving.crew import BEATS, Crew

PATIENCE_SECONDS = 120
CHUNK = 1000

Status = SurveyEmail.Status
FINAL = (Status.SENT, Status.UNCERTAIN, Status.FAILED, Status.CANCELLED)


@dataclass(frozen=True, slots=True)
class Accidents:
    """How many of each happen; `restart_command` is a shell's and restarts the database."""

    kills: int
    stops: int
    flushes: int
    restarts: int = 0
    restart_command: str = ""

    def moments(self, chance: random.Random, *, messages: int) -> Iterator[tuple[str, int]]:
        """What happens, and after how many mails: spread over the run, in random order."""
        kinds = ["kill"] * self.kills + ["stop"] * self.stops
        kinds += ["flush"] * self.flushes + ["restart"] * self.restarts
        chance.shuffle(kinds)
        moments = sorted(chance.randrange(messages * 95 // 100 or 1) for _ in kinds)
        return zip(kinds, moments, strict=True)


@dataclass(frozen=True, slots=True)
class Proof:
    """What was done and what came of it."""

    messages: int
    workers: int
    accidents: Accidents
    sent: int
    uncertain: int
    uncertain_arrived: int
    twice: int
    lost: int
    unfinished: int
    seconds: float

    @property
    def figures(self) -> dict[str, object]:
        """What was done and what came of it, under the headings of a table."""
        return {
            "messages": self.messages,
            "workers": self.workers,
            "beats": BEATS,
            "kills": self.accidents.kills,
            "stops": self.accidents.stops,
            "flushes": self.accidents.flushes,
            "restarts": self.accidents.restarts,
            "sent": self.sent,
            "twice": self.twice,
            "lost": self.lost,
            "uncertain": self.uncertain,
            "arrived": self.uncertain_arrived,
            "seconds": f"{self.seconds:.1f}",
            "mails/s": f"{self.messages / self.seconds:.0f}",
        }

    @property
    def breaches(self) -> list[str]:
        """The promises that this run broke; none should be."""
        bound = self.accidents.kills * self.workers * settings.EMAIL_CONNECTIONS
        found = {
            f"{self.twice} mails were sent twice": self.twice > 0,
            f"{self.lost} mails were lost": self.lost > 0,
            f"{self.uncertain} are uncertain, over {bound}": self.uncertain > bound,
            f"{self.unfinished} mails came to no end": self.unfinished > 0,
        }
        return [sentence for sentence, broken in found.items() if broken]


def prove_sending(
    *,
    messages: int,
    accidents: Accidents,
    workers: int,
    seed: int,
    folder: Path,
    now: datetime,
) -> Proof:
    """Send so many mails while accidents happen. The database must be an empty scratch
    one; the processes' logs stand in the folder."""
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
    make_due(messages, now=now)
    if accidents.restarts:
        keep_every_commit()
    start = time.monotonic()
    with Crew(workers, folder=folder) as crew:
        for kind, after in accidents.moments(chance, messages=messages):
            _wait_for(crew, lines=after)
            if kind == "kill":
                crew.kill(chance)
            elif kind == "stop":
                crew.stop(chance)
            elif kind == "flush":
                crew.flush()
            else:
                restart(accidents.restart_command)
        unfinished = _wait_for_the_end(crew)
        seconds = time.monotonic() - start
    arrived = _arrived(crew.record)
    fates = dict(SurveyEmail.objects.values_list("email_message_id", "status"))
    return Proof(
        messages=messages,
        workers=workers,
        accidents=accidents,
        sent=list(fates.values()).count(Status.SENT),
        uncertain=list(fates.values()).count(Status.UNCERTAIN),
        uncertain_arrived=sum(
            status == Status.UNCERTAIN and arrived[message] > 0
            for message, status in fates.items()
        ),
        twice=sum(count > 1 for count in arrived.values()),
        lost=sum(_is_lost(status, arrived[message]) for message, status in fates.items()),
        unfinished=unfinished,
        seconds=seconds,
    )


def _is_lost(status: str, arrived: int) -> bool:
    """Nobody would look for it: it counts as sent, or was given up without a reason."""
    given_up = status in (Status.FAILED, Status.CANCELLED)
    return given_up or (status == Status.SENT and not arrived)


def make_due(messages: int, *, now: datetime) -> None:
    """One campaign with so many invitations that are due now."""
    account = Account.objects.create(name="Proof", postal_address="1 Proof Road")
    campaign = Campaign.objects.create(
        account=account,
        name="Proof",
        status=Campaign.Status.ACTIVE,
        event_name="Proof",
        activated_at=now,
        contact_list=ContactList.objects.create(account=account, name="Proof"),
        email_template=EmailTemplate.objects.create(
            account=account, name="Proof", subject="Proof", brand="Proof"
        ),
    )
    for begin in range(0, messages, CHUNK):
        contacts = []
        for number in range(begin, min(begin + CHUNK, messages)):
            contact = Contact(account=account, user_id=str(number))
            contact.set_email(f"person{number}@example.com")
            contacts.append(contact)
        surveys = Survey.objects.bulk_create(
            Survey(
                account=account,
                campaign=campaign,
                contact=contact,
                trigger_id=f"proof-{contact.user_id}",
                address_digest=contact.address_digest,
                triggered_at=now,
                due_at=now,
            )
            for contact in Contact.objects.bulk_create(contacts)
        )
        SurveyEmail.objects.bulk_create(
            SurveyEmail(
                account=account,
                survey=survey,
                kind=SurveyEmail.Kind.INVITATION,
                due_at=now,
            )
            for survey in surveys
        )


def _arrived(record: Path) -> Counter[str]:
    """Message-ID -> how often the mail server took it."""
    lines = record.read_text().splitlines()
    return Counter(line.partition("\t")[0] for line in lines)


def _wait_for(crew: Crew, *, lines: int) -> None:
    """Until so many mails have arrived, or nothing has for a while."""
    quiet_since, seen = time.monotonic(), -1
    while time.monotonic() - quiet_since < PATIENCE_SECONDS / 4:
        arrived = crew.record.read_bytes().count(b"\n")
        if arrived >= lines:
            return
        if arrived != seen:
            quiet_since, seen = time.monotonic(), arrived
        crew.wake()
        time.sleep(0.005)


def _wait_for_the_end(crew: Crew) -> int:
    """Until every mail has come to its end; how many have not when for long none did: a
    busy machine is no breach."""
    fewest, end = None, 0.0
    while True:
        awake = crew.wake()
        left = SurveyEmail.objects.exclude(status__in=FINAL).count()
        if fewest is None or left < fewest:
            fewest, end = left, time.monotonic() + PATIENCE_SECONDS
        if (awake and not left) or time.monotonic() > end:
            return left
        time.sleep(0.05)
