"""SIGTERM under load: web and workers end within 30 s, and nothing is lost or doubled."""

from __future__ import annotations

import http.client
import json
import threading
import time
from base64 import b64encode
from itertools import count

import pytest
from django.utils import timezone

from promoter.celery import app
from segment_ingest.models import SegmentMessage
from surveys.models import SurveyEmail
from surveys.sending.transport import close_kept_connection
from surveys.tasks import deliver_due_emails
from tests.harness.processes import wait_until
from tests.harness.web import WebServer
from tests.harness.worker import Worker, environment
from tests.surveys.outbox import schedule, statuses

Status = SurveyEmail.Status
LIMIT_SECONDS = 30
pytestmark = pytest.mark.django_db(transaction=True)


class Caller(threading.Thread):
    """Posts events one after the other until nobody answers, and knows which were taken."""

    def __init__(self, number: int, port: int, key: str) -> None:
        super().__init__(daemon=True)
        self.taken: list[str] = []
        self.statuses: set[int] = set()
        self.cut = 0
        self._number, self._key = number, key
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)

    def run(self) -> None:
        login = b64encode(f"{self._key}:".encode()).decode()
        for turn in count():
            name = f"{self._number}-{turn}"
            body = json.dumps(
                {"type": "track", "userId": "u", "event": "E", "messageId": name}
            )
            try:
                self._line.connect()
            except OSError:
                return
            try:
                self._line.request(
                    "POST", "/v1/track", body, {"Authorization": f"Basic {login}"}
                )
                status = self._line.getresponse().status
            except (OSError, http.client.HTTPException):
                self.cut += 1
                return
            finally:
                self._line.close()
            self.statuses.add(status)
            if status == 200:
                self.taken.append(name)


def test_the_web_ends_and_every_event_that_it_took_is_stored(segment_key, valkey, tmp_path):
    server = WebServer(
        tmp_path / "web.log",
        environment(redis_url=valkey.url(), email_url="smtp://127.0.0.1:1"),
        options=("--workers", "2", "--blocking-threads", "4"),
    )
    callers = [Caller(number, server.port, segment_key) for number in range(8)]
    for each in callers:
        each.start()
    # Granian forgets to stop a process that is still starting.
    wait_until(lambda: server.process.output().count("Started worker-") == 2, limit=60)
    wait_until(lambda: all(len(each.taken) > 3 for each in callers), limit=60)
    began = time.monotonic()
    code = server.process.stop(limit=LIMIT_SECONDS)
    took = time.monotonic() - began
    for each in callers:
        each.join(30)

    assert (code, took < LIMIT_SECONDS) == (0, True), (code, took)
    assert set.union(*(each.statuses for each in callers)) == {200}
    taken = {name for each in callers for name in each.taken}
    stored = set(SegmentMessage.objects.values_list("message_id", flat=True))
    assert taken - stored == set()
    # Calls that were under way were not broken off. Who knocks while the last process ends,
    # and whom the kernel let in before it could, is nobody's: some of eight, never all.
    assert sum(each.cut for each in callers) < len(callers)


def test_a_worker_ends_with_its_mail_and_another_sends_the_rest(
    campaign, valkey, smtp_process, settings, tmp_path
):
    schedule(campaign, timezone.now(), number=60)
    worker = Worker(
        name="leaving",
        environment=environment(redis_url=valkey.url(), email_url=smtp_process.url),
        log=tmp_path / "worker.log",
        pool="prefork",
    )
    app.send_task("surveys.tasks.deliver_due_emails")
    wait_until(lambda: len(smtp_process.counts()) > 2, what="the first mails")
    began = time.monotonic()
    code = worker.process.stop(limit=LIMIT_SECONDS)
    took = time.monotonic() - began

    assert (code, took < LIMIT_SECONDS) == (0, True), (code, took)
    assert set(statuses()) <= {Status.SENT, Status.SCHEDULED}
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", smtp_process.port
    deliver_due_emails()
    close_kept_connection()
    assert statuses() == {Status.SENT: 60}
    assert set(smtp_process.counts().values()) == {1}
    assert len(smtp_process.counts()) == 60
