"""Prove on real processes that a killed worker neither repeats nor loses a mail.

Workers are forks of this process that do what the Celery tasks do: deliver and sweep,
all of them, so that there are as many sweepers as workers. The mail server is another
fork. Killed and stopped at random moments of a seeded choice, with SIGKILL and SIGSTOP.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import random
import signal
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path

from django.conf import settings
from django.core.mail.utils import DNS_NAME
from django.db import DatabaseError, connections
from django.utils import timezone

from campaigns.models import Campaign, EmailTemplate
from contacts.models import Contact, ContactList
from promoter.accounts.models import Account
from promoter.lib import smtp_sink
from surveys.claiming import sweep_expired
from surveys.composing import compose
from surveys.delivery import deliver_due
from surveys.models import Survey, SurveyEmail
from surveys.transport import connection

# Short, so that a proof doesn't wait for dead workers' leases most of the time.
LEASE_SECONDS = 2
SINK_DELAY_SECONDS = 0.005
PATIENCE_SECONDS = 120
CHUNK = 1000

Status = SurveyEmail.Status
FINAL = (Status.SENT, Status.UNCERTAIN, Status.FAILED, Status.CANCELLED)
_fork = multiprocessing.get_context("fork")


@dataclass(frozen=True, slots=True)
class Proof:
    """What was done and what came of it."""

    seed: int
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
    *, messages: int, kills: int, stops: int, workers: int, seed: int, folder: Path
) -> Proof:
    """Send so many mails while workers die. The database must be an empty scratch one."""
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
    record = folder / "sink.tsv"
    record.touch()
    settings.DELIVERY_LEASE_SECONDS = LEASE_SECONDS
    make_due(messages)
    _warm_up()
    start = time.monotonic()
    with _mail_server(record), _Crew(workers) as crew:
        for kind, after in _accidents(chance, messages=messages, kills=kills, stops=stops):
            _wait_for(record, lines=after, crew=crew)
            crew.kill(chance) if kind == "kill" else crew.stop(chance)
        unfinished = _wait_for_the_end(crew)
    seconds = time.monotonic() - start
    arrived = _arrived(record)
    fates = dict(SurveyEmail.objects.values_list("email_message_id", "status"))
    of = Counter(fates.values())
    return Proof(
        seed=seed,
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


def make_due(messages: int) -> None:
    """One campaign with so many invitations that are due now."""
    now = timezone.now()
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


def _warm_up() -> None:
    """Do once what every fork would do at its first mail: templates, patterns, our name."""
    first = SurveyEmail.objects.select_related("survey").earliest("pk")
    compose(first, now=timezone.now()).message().as_bytes()
    DNS_NAME.get_fqdn()


def _accidents(
    chance: random.Random, *, messages: int, kills: int, stops: int
) -> Iterator[tuple[str, int]]:
    """What happens, and after how many mails: spread over the run, in random order."""
    kinds = ["kill"] * kills + ["stop"] * stops
    chance.shuffle(kinds)
    moments = sorted(chance.randrange(messages * 95 // 100 or 1) for _ in kinds)
    return zip(kinds, moments, strict=True)


class _Crew:
    """Worker processes; one that dies is replaced."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._workers: list[BaseProcess] = []
        self._stopped: dict[int, float] = {}

    def __enter__(self) -> _Crew:
        self._workers = [_spawn() for _ in range(self._number)]
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.kill()
            worker.join()

    def kill(self, chance: random.Random) -> None:
        """SIGKILL one, at a moment that has nothing to do with what it is doing."""
        time.sleep(chance.random() * 0.02)
        place = chance.randrange(self._number)
        self._workers[place].kill()
        self._workers[place].join()
        self._workers[place] = _spawn()

    def stop(self, chance: random.Random) -> None:
        """SIGSTOP one until its lease is long over: it wakes as one who lost its rows."""
        time.sleep(chance.random() * 0.02)
        pid = chance.choice(self._workers).pid
        # At least one keeps working, or the mails that the next accident waits for
        # would not come.
        if pid is not None and len(self._stopped) < self._number - 1:
            os.kill(pid, signal.SIGSTOP)
            self._stopped[pid] = time.monotonic()

    def wake(self) -> bool:
        """SIGCONT those whose sleep is over. Whether all are awake."""
        for pid, since in list(self._stopped.items()):
            if time.monotonic() - since > LEASE_SECONDS * 1.5:
                if any(worker.pid == pid for worker in self._workers):
                    os.kill(pid, signal.SIGCONT)
                del self._stopped[pid]
        return not self._stopped


def _spawn() -> BaseProcess:
    # A fork must not share a connection: what one says the other would read.
    connections.close_all()
    worker = _fork.Process(target=_work, args=(os.getpid(),), daemon=True)
    worker.start()
    return worker


def _work(parent: int) -> None:
    """Deliver and sweep until killed, as tasks on a timer do."""
    with connection() as transport:
        while os.getppid() == parent:
            try:
                sweep_expired(now=timezone.now())
                deliver_due(
                    clock=timezone.now, transport=transport, limit=timedelta(seconds=1)
                )
            except DatabaseError:
                # A stopped worker's locks can outlast our patience; the next tick comes.
                connections.close_all()
            time.sleep(0.02)


@contextmanager
def _mail_server(record: Path) -> Iterator[None]:
    """A counting server in a fork; mail goes there from now on."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=100)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = listener.getsockname()
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    connections.close_all()
    server = _fork.Process(target=_serve, args=(listener, record, os.getpid()), daemon=True)
    server.start()
    listener.close()
    try:
        yield
    finally:
        server.kill()
        server.join()


def _serve(listener: socket.socket, record: Path, parent: int) -> None:
    async def until_orphaned() -> None:
        sink = asyncio.create_task(
            smtp_sink.run(listener=listener, path=record, delay=SINK_DELAY_SECONDS)
        )
        while os.getppid() == parent:
            await asyncio.sleep(0.5)
        sink.cancel()

    asyncio.run(until_orphaned())


def _arrived(record: Path) -> Counter[str]:
    """Message-ID -> how often the mail server took it."""
    lines = record.read_text().splitlines()
    return Counter(line.partition("\t")[0] for line in lines)


def _wait_for(record: Path, *, lines: int, crew: _Crew) -> None:
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


def _wait_for_the_end(crew: _Crew) -> int:
    """Until every mail has come to its end; how many have not, when patience is out."""
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        awake = crew.wake()
        left = SurveyEmail.objects.exclude(status__in=FINAL).count()
        if (awake and not left) or time.monotonic() > end:
            return left
        time.sleep(0.05)
