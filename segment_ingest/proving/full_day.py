"""An installation in which every periodic task has something to do."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from celery import current_app
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import QuerySet
from django.test.utils import override_settings
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Campaign
from contacts.bulk_jobs import BulkJob
from contacts.models import Contact, ContactList, ContactListMembership
from promoter.accounts.models import Invitation, Membership
from promoter.lib.exporting import Form
from promoter.webhooks.models import Endpoint
from segment_ingest.models import Replay
from segment_ingest.proving.proof import EVENT, Given, make_ground
from segment_ingest.proving.visitor import Visitor, mail_server, sign_in, status_of
from segment_ingest.replay.replaying import start
from surveys.exports.jobs import ExportJob, What
from surveys.inbox.rules import Rule
from surveys.models import Survey, SurveyEmail

INBOX = "segment_ingest.tasks.process_inbox"
DELIVERY = "surveys.tasks.deliver_due_emails"
OTHER = "Order Returned"
PEOPLE = 3
LONG_AGO = timedelta(days=100)
Tasks = dict[str, Callable[[], object]]


def periodic_tasks() -> Tasks:
    """Those of beat's table, in its order, by their names."""
    names = (str(entry["task"]) for entry in settings.CELERY_BEAT_SCHEDULE.values())
    current_app.loader.import_default_modules()
    return {name: current_app.tasks[name] for name in names}


@contextmanager
def clock_at(moment: datetime) -> Iterator[None]:
    """All that asks for the time meanwhile is told this."""
    before = timezone.now
    timezone.now = lambda: moment
    try:
        yield
    finally:
        timezone.now = before


class Receiver:
    """Where webhooks go; `ids` of all that came, in order."""

    def __init__(self) -> None:
        ids: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                ids.append(self.headers["webhook-id"])
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Not to stderr."""

        self.ids = ids
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Day:
    """The account, and all that waits in it at `now`; what came before is 100 days old."""

    def __init__(self, receiver: Receiver, *, now: datetime) -> None:
        self._now, self._url = now, receiver.url
        self._tasks = periodic_tasks()
        with clock_at(now - LONG_AGO):
            self.ground = make_ground(now=now - LONG_AGO)
            self.owner = sign_in(self.ground.account, address="owner@example.net")
            self._furnish()
            self._ask("old", answering=True)
            self._import("old")
            self._export(now - LONG_AGO)
        for minutes in (0, 2, 15):
            self._work(now - LONG_AGO + timedelta(minutes=minutes), *self._tasks)
        self._wait_for(now)

    @property
    def _member(self) -> Membership:
        return Membership.objects.get(account=self.ground.account)

    def _wait_for(self, now: datetime) -> None:
        """Bring work for each of them, and leave it."""
        hours = timedelta(hours=1)
        # Their session is over, with the other old ones.
        self.owner.force_login(self._member.user)
        with clock_at(now - 5 * hours):
            self._ask("dead")
        self._work(now - 5 * hours, INBOX)
        self._lose_workers(now - 4 * hours)
        with clock_at(now - 3 * hours):
            self._ask("heard", answering=True)
            replay = self._replay(now - 3 * hours)
            self._import("new")
            self._export(now - 3 * hours)
            self._stop_some()
            self._campaigns(now - 3 * hours)
            self._ask("due")
        self._work(now - timedelta(minutes=30), INBOX, "segment_ingest.tasks.run_replays")
        replay.refresh_from_db()
        replay.send(now=now - timedelta(minutes=20))
        with clock_at(now - timedelta(minutes=1)):
            self._ask("new")
        self._fill_quota(now)
        self._erase_some(now)

    def _work(self, moment: datetime, *names: str) -> None:
        with clock_at(moment):
            for name in names:
                self._tasks[name]()

    def _call(self, call: str, body: dict[str, Any]) -> None:
        Visitor().call(call, body, key=self.ground.key)

    def _furnish(self) -> None:
        account = self.ground.account
        Endpoint.objects.create(account=account, url=self._url)
        campaign = self.ground.campaign
        campaign.forward_to = ["team@example.net"]
        campaign.forward_when = Campaign.ForwardWhen.ALWAYS
        campaign.save()
        rule = Rule.objects.create(account=account, name="Sad", band="detractor")
        rule.notify.add(self._member)
        Invitation.objects.create(
            account=account,
            email="nobody@example.net",
            invited_by=self._member.user,
            expires_at=self._now - LONG_AGO,
        )

    def _ask(self, group: str, *, answering: bool = False) -> None:
        """Some people, who are new; `answering`: they get their mail, and are not happy."""
        for number in range(PEOPLE):
            who = {"userId": f"{group}-{number}"}
            traits = {"email": f"{group}-{number}@example.com", "plan": group}
            self._call("identify", who | {"traits": traits})
            self._call("track", who | {"event": EVENT})
            self._call("track", who | {"event": OTHER})
        if not answering:
            return
        self._tasks[INBOX]()
        self._tasks[DELIVERY]()
        for survey in Survey.objects.filter(contact__user_id__startswith=f"{group}-"):
            link, visitor = reverse("survey", args=[survey.token]), Visitor()
            status_of(visitor.get(link))
            status_of(visitor.post(link, {"score": 3, "comment": "Slow."}))

    def _import(self, group: str) -> None:
        lines = [f"{group}-{n}@import.example,{group}\r\n" for n in range(PEOPLE)]
        content = "".join(["Email,First name\r\n", "no address,x\r\n", *lines]).encode()
        file = SimpleUploadedFile("people.csv", content)
        page = self.owner.post(reverse("contact-imports"), {"file": file})["Location"]
        columns = {"target_0": "email", "target_1": "first_name"}
        status_of(self.owner.post(page, columns | {"start": "1", "duplicates": "update"}))

    def _export(self, moment: datetime) -> None:
        """As the page does for many rows; a few it sends at once."""
        ExportJob.objects.create(
            account=self.ground.account,
            created_by=self._member.user,
            what=What.CONTACTS,
            form=Form.CSV,
            stored_name=secrets.token_hex(16),
            created_at=moment,
        )

    def _stop_some(self) -> None:
        """People of whom nothing waits, so that it is the same when it is done."""
        old = Contact.objects.filter(account=self.ground.account, user_id="old-1")
        act_on(old, BulkJob.Act.STOP)

    def _lose_workers(self, moment: datetime) -> None:
        """Of the mails that are due one was claimed and one was being handed over."""
        due = SurveyEmail.objects.filter(status=SurveyEmail.Status.SCHEDULED)
        for mail, status in zip(
            due.order_by("pk"),
            (SurveyEmail.Status.SENDING, SurveyEmail.Status.HANDOFF),
            strict=False,
        ):
            SurveyEmail.objects.filter(pk=mail.pk).update(
                status=status, attempt=1, lease_until=moment
            )

    def _campaigns(self, now: datetime) -> None:
        """To lists: once, again and again, with nobody left; one that paused itself."""
        kinds: dict[str, dict[str, Any]] = {
            "Once": {"kind": Campaign.Kind.ONE_TIME},
            "Again": {"kind": Campaign.Kind.RECURRING, "repeat_days": 30},
            "Over": {"kind": Campaign.Kind.ONE_TIME, "enrolled_at": now - LONG_AGO},
            "Paused": {"status": Campaign.Status.PAUSED, "paused_because": "burst"},
        }
        for name, more in kinds.items():
            self._campaign(name, now, **more)

    def _campaign(self, name: str, now: datetime, **more: Any) -> Campaign:
        account = self.ground.account
        of_list = "kind" in more
        listed = ContactList.objects.create(account=account, name=name)
        if of_list and name != "Over":
            ContactListMembership.objects.bulk_create(
                ContactListMembership(contact_list=listed, contact=contact)
                for contact in Contact.objects.filter(user_id__startswith="heard-")
            )
        kept = {"status": Campaign.Status.ACTIVE, "activated_at": now}
        return Campaign.objects.create(
            account=account,
            name=name,
            event_name="" if of_list else OTHER,
            contact_list=listed,
            email_template=self.ground.campaign.email_template,
            **(kept | more),
        )

    def _replay(self, now: datetime) -> Replay:
        return start(
            campaign=self._campaign("Replayed", now),
            since=now - timedelta(days=1),
            until=None,
            created_by=None,
            now=now,
        )

    def _fill_quota(self, now: datetime) -> None:
        """Of another account."""
        other = make_ground(now=now, name="Full")
        sign_in(other.account, address="full@example.net")
        other.account.daily_event_limit = 1
        other.account.save()
        with clock_at(now - timedelta(minutes=1)):
            Visitor().call("track", {"userId": "u", "event": "e"}, key=other.key)

    def _erase_some(self, now: datetime) -> None:
        """In an account of its own: it would end the exports, which may name them."""
        ground = make_ground(now=now, name="Gone")
        for name in ("called", "chosen"):
            person = Contact(account=ground.account, user_id=name)
            person.set_email(f"{name}@example.com")
            person.save()
        act_on(Contact.objects.filter(user_id="chosen"), BulkJob.Act.ERASE)
        with clock_at(now - timedelta(minutes=1)):
            deletion = {"batch": [{"type": "delete", "userId": "called"}]}
            Visitor().call("batch", deletion, key=ground.key)


def act_on(contacts: QuerySet[Contact], act: BulkJob.Act) -> None:
    """As the page does for many; a few it acts on at once."""
    chosen = list(contacts.order_by("pk").values_list("pk", flat=True))
    BulkJob.objects.create(
        account=contacts[0].account,
        act=act,
        chosen=chosen,
        total=len(chosen),
        upto=chosen[-1],
    )


@contextmanager
def surroundings(given: Given) -> Iterator[tuple[Receiver, Any]]:
    """A receiver of webhooks and a mail server on loopback, and folders of one's own."""
    receiver = Receiver()
    try:
        with (
            # One connection: a mail after the other, so that a moment is always the same.
            mail_server(EMAIL_CONNECTIONS=1) as sink,
            override_settings(
                IMPORT_DIR=given.folder / "imports",
                EXPORT_DIR=given.folder / "exports",
                WEBHOOK_ALLOW_PRIVATE=True,
                SURVEY_FASTEST_ANSWER_SECONDS=0,
            ),
        ):
            yield receiver, sink
    finally:
        receiver.close()
