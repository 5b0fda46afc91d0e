"""Prove that of a person who was erased no byte is left.

Each person has one mark of their own, in their address, name, userId, attributes, and in
all that is written about them. They go the whole way, by HTTP, mail and the workers'
tasks; then some are erased, each in one of three ways, SQLite's file is written anew as
every night, and the database is searched.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.utils import override_settings
from django.urls import reverse

from contacts.models import Contact
from contacts.tasks import run_imports
from promoter.lib import sqlite_file
from promoter.webhooks.models import Endpoint
from promoter.webhooks.tasks import deliver_due as tell_endpoints
from segment_ingest.proving import dump
from segment_ingest.proving.proof import EVENT, Given, Ground, Proof, make_ground
from segment_ingest.proving.visitor import Visitor, mail_server, sign_in, status_of
from segment_ingest.tasks import process_inbox, run_bulk_jobs
from surveys import tasks
from surveys.models import Response, Survey

WAYS = ("page", "delete call", "bulk act")
MARK = re.compile(r"zq[0-9a-f]{12}", re.IGNORECASE)
HOSTS = ("example.com", "shop.example.org")


def prove_erase(given: Given, *, people: int) -> Proof:
    """So many people go the whole way; two in three are erased."""
    chance = given.chance()
    marks = [f"zq{chance.getrandbits(48):012x}" for _ in range(people)]
    gone = set(chance.sample(marks, people * 2 // 3))
    way_of = {mark: chance.choice(WAYS) for mark in sorted(gone)}
    start = time.monotonic()
    with (
        mail_server(),
        override_settings(
            IMPORT_DIR=given.folder / "imports", SURVEY_FASTEST_ANSWER_SECONDS=0
        ),
    ):
        everybody = _go_the_whole_way(given, marks)
        before = found()
        for mark, way in way_of.items():
            everybody[mark].is_erased(way)
        work()
        sqlite_file.rewrite()
        after = found()
    left = [(place, mark) for place, mark in after if mark in gone]
    kept = {mark for _, mark in after} - gone
    ways = Counter(way_of.values())
    return Proof(
        figures={
            "people": people,
            "erased": len(gone),
            **{way.replace(" ", "-"): ways[way] for way in WAYS},
            "places-before": len({place for place, mark in before if mark in gone}),
            "left": len({mark for _, mark in left}),
            "places": ",".join(sorted({place for place, _ in left})) or "-",
            "others-kept": len(kept),
            "seconds": f"{time.monotonic() - start:.1f}",
        },
        broken={
            "erased people left something": len({mark for _, mark in left}),
            "people were nowhere before": len(set(marks) - {mark for _, mark in before}),
            "others are gone": people - len(gone) - len(kept),
        },
    )


def _go_the_whole_way(given: Given, marks: list[str]) -> dict[str, Person]:
    ground = make_ground(now=given.clock())
    Endpoint.objects.create(account=ground.account, url="https://127.0.0.1/")
    owner = sign_in(ground.account, address="owner@example.net")
    everybody = {mark: Person(mark, ground, owner) for mark in marks}
    for person in everybody.values():
        person.is_known()
    work()
    for person in everybody.values():
        person.answers()
    _import(owner, everybody.values())
    work()
    return everybody


class Person:
    """One contact, and what is done about them."""

    def __init__(self, mark: str, ground: Ground, owner: Visitor) -> None:
        self.mark, self.ground, self.owner = mark, ground, owner
        self.user_id = f"user-{mark}"
        self.address = f"{mark}@{HOSTS[ord(mark[-1]) % 2]}"

    @property
    def contact(self) -> Contact:
        return Contact.objects.get(account=self.ground.account, user_id=self.user_id)

    def is_known(self) -> None:
        """Identified, surveyed, and named in a call that is refused."""
        traits = {
            "email": self.address,
            "firstName": f"First {self.mark}",
            "phone": f"+49 {self.mark}",
            "company": {"name": f"{self.mark} Ltd"},
        }
        call, key, who = Visitor().call, self.ground.key, {"userId": self.user_id}
        call("identify", who | {"traits": traits}, key=key)
        call("track", who | {"event": EVENT, "properties": {"for": self.mark}}, key=key)
        call("track", who | {"event": "Other", "context": {"ip": self.mark}}, key=key)
        call("track", {"userId": {self.mark: 1}, "event": {self.mark: 2}}, key=key)
        call("identify", who | {"traits": self.mark}, key=key)

    def answers(self) -> None:
        """With words that name them; the team writes about them."""
        visitor, link = Visitor(), self._link()
        status_of(visitor.get(link))
        comment = f"Call {self.mark}, {self.address}!"
        status_of(visitor.post(link, {"score": 3, "comment": comment}))
        status_of(visitor.post(link, {"score": 4, "comment": f"{comment} Soon."}))
        case = Response.objects.get(contact=self.contact).pk
        note = {"act": "note", "text": f"{self.address} again"}
        self._post("response-act", case, note)
        self._post("response-reply", case, {"text": f"Dear {self.mark}"})
        forwarded = {"forward-to": "team@example.net", "forward-words": self.mark}
        self._post("response-forward", case, forwarded)
        edited = {"email": self.address.upper(), "last_name": f"Last {self.mark}"}
        self._post("contact-edit", self.contact.pk, edited)
        status_of(self.owner.get(reverse("contact-data", args=[self.contact.pk])))
        status_of(self.owner.get(reverse("contact-list"), {"q": self.address}))
        self._chosen("stop", "yes")

    def is_erased(self, way: str) -> None:
        if way == "page":
            self._post("contact-erase", self.contact.pk, {"typed": self.contact.email})
        elif way == "delete call":
            body = {"userId": self.user_id, "type": "delete"}
            Visitor().call("batch", {"batch": [body]}, key=self.ground.key)
        else:
            self._chosen("erase", "1")

    def _link(self) -> str:
        token = Survey.objects.get(contact=self.contact).token
        return reverse("survey", args=[token])

    def _chosen(self, act: str, confirmed: str) -> None:
        """A bulk act on whom the filter finds: it is the address that was searched."""
        wanted = {"filter": f"q={self.address}", "all": "yes", "act": act}
        self._post("contact-bulk", None, wanted | {"confirmed": confirmed})

    def _post(self, name: str, pk: int | None, fields: dict[str, str]) -> None:
        address = reverse(name, args=[] if pk is None else [pk])
        status_of(self.owner.post(address, fields))


def work() -> None:
    """What the workers do in the course of a minute."""
    process_inbox()
    tasks.deliver_due_emails()
    tasks.send_case_mail()
    tasks.forward_answers()
    tasks.roll_up_figures()
    tell_endpoints()
    run_imports()
    run_bulk_jobs()
    process_inbox()


def found() -> set[tuple[str, str]]:
    """Each place, and each mark that stands there."""
    texts: Iterable[tuple[str, str]] = (
        *dump.rows(),
        *((name, content.decode("latin-1")) for name, content in dump.files()),
        *((path.parent.name, path.read_text("latin-1")) for path in _files()),
    )
    return {(place, mark.lower()) for place, text in texts for mark in MARK.findall(text)}


def _files() -> list[Path]:
    return [path for path in Path(settings.IMPORT_DIR).glob("*") if path.is_file()]


def _import(owner: Visitor, people: Iterable[Person]) -> None:
    """A file with everybody, in which every second row is rejected."""
    lines = [f"{each.address},New\r\nat home,{each.address}\r\n" for each in people]
    content = "".join(["Email,First name\r\n", *lines]).encode()
    file = SimpleUploadedFile("people.csv", content)
    page = owner.post(reverse("contact-imports"), {"file": file})["Location"]
    columns = {"target_0": "email", "target_1": "first_name"}
    status_of(owner.post(page, columns | {"start": "1", "duplicates": "update"}))
