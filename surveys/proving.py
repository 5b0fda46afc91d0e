"""Prove on real processes that a killed worker neither repeats nor loses a mail.

Workers do what the Celery tasks do: deliver and sweep, all of them, so that there are as
many sweepers as workers. They are killed and stopped, with SIGKILL and SIGSTOP, at
moments of a seeded choice; the mail server counts what arrives.
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
from django.core.mail.utils import DNS_NAME

from campaigns.models import Campaign, EmailTemplate
from contacts.models import Contact, ContactList
from promoter.accounts.models import Account
from surveys.composing import compose
from surveys.delivery import Clock
from surveys.models import Survey, SurveyEmail
from surveys.proving_crew import LEASE_SECONDS, Crew, mail_server

PATIENCE_SECONDS = 120
CHUNK = 1000

Status = SurveyEmail.Status
FINAL = (Status.SENT, Status.UNCERTAIN, Status.FAILED, Status.CANCELLED)


@dataclass(frozen=True, slots=True)
class Proof:
    """What was done and what came of it."""

    messages: int
    workers: int
    kills: int
    stops: int
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
            "kills": self.kills,
            "stops": self.stops,
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
        bound = self.kills * self.workers
        found = {
            f"{self.twice} mails were sent twice": self.twice > 0,
            f"{self.lost} mails count as sent and never arrived": self.lost > 0,
            f"{self.uncertain} are uncertain, over {bound}": self.uncertain > bound,
            f"{self.unfinished} mails came to no end": self.unfinished > 0,
        }
        return [sentence for sentence, broken in found.items() if broken]


def prove_sending(
    *,
    messages: int,
    kills: int,
    stops: int,
    workers: int,
    seed: int,
    folder: Path,
    clock: Clock,
) -> Proof:
    """Send so many mails while workers die. The database must be an empty scratch one."""
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
    record = folder / "sink.tsv"
    record.touch()
    settings.DELIVERY_LEASE_SECONDS = LEASE_SECONDS
    make_due(messages, now=clock())
    _warm_up(now=clock())
    start = time.monotonic()
    with mail_server(record), Crew(workers, clock=clock) as crew:
        for kind, after in _accidents(chance, messages=messages, kills=kills, stops=stops):
            _wait_for(record, lines=after, crew=crew)
            crew.kill(chance) if kind == "kill" else crew.stop(chance)
        unfinished = _wait_for_the_end(crew)
    seconds = time.monotonic() - start
    arrived = _arrived(record)
    fates = dict(SurveyEmail.objects.values_list("email_message_id", "status"))
    of = Counter(fates.values())
    return Proof(
        messages=messages,
        workers=workers,
        kills=kills,
        stops=stops,
        sent=of[Status.SENT],
        uncertain=of[Status.UNCERTAIN],
        uncertain_arrived=sum(
            status == Status.UNCERTAIN and arrived[message] > 0
            for message, status in fates.items()
        ),
        twice=sum(count > 1 for count in arrived.values()),
        lost=sum(
            status == Status.SENT and not arrived[message]
            for message, status in fates.items()
        ),
        unfinished=unfinished,
        seconds=seconds,
    )


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


def _warm_up(*, now: datetime) -> None:
    """Do once what every fork would do at its first mail: templates, patterns, our name."""
    first = SurveyEmail.objects.select_related("survey").earliest("pk")
    compose(first, now=now).message().as_bytes()
    DNS_NAME.get_fqdn()


def _accidents(
    chance: random.Random, *, messages: int, kills: int, stops: int
) -> Iterator[tuple[str, int]]:
    """What happens, and after how many mails: spread over the run, in random order."""
    kinds = ["kill"] * kills + ["stop"] * stops
    chance.shuffle(kinds)
    moments = sorted(chance.randrange(messages * 95 // 100 or 1) for _ in kinds)
    return zip(kinds, moments, strict=True)


def _arrived(record: Path) -> Counter[str]:
    """Message-ID -> how often the mail server took it."""
    lines = record.read_text().splitlines()
    return Counter(line.partition("\t")[0] for line in lines)


def _wait_for(record: Path, *, lines: int, crew: Crew) -> None:
    """Until so many mails have arrived, or nothing has for a while."""
    quiet_since, seen = time.monotonic(), -1
    while time.monotonic() - quiet_since < PATIENCE_SECONDS / 4:
        arrived = record.read_bytes().count(b"\n")
        if arrived >= lines:
            return
        if arrived != seen:
            quiet_since, seen = time.monotonic(), arrived
        crew.wake()
        time.sleep(0.005)


def _wait_for_the_end(crew: Crew) -> int:
    """Until every mail has come to its end; how many have not, when patience is out."""
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        awake = crew.wake()
        left = SurveyEmail.objects.exclude(status__in=FINAL).count()
        if (awake and not left) or time.monotonic() > end:
            return left
        time.sleep(0.05)
