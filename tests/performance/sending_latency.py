"""How long after an event was posted its mail is with the mail server, at a steady pace:
web server, broker and one worker as `make run` starts them."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import deque
from datetime import timedelta
from pathlib import Path

from django.db import connection
from django.utils import timezone

from campaigns.models import Campaign
from promoter.accounts.models import Account, ApiKey
from promoter.lib.scratch import database_url
from surveys.models import SurveyEmail
from surveys.proving.sending import make_due
from tests.harness.processes import Leashed, wait_until
from tests.harness.valkey import Valkey, broker
from tests.harness.web import WebServer
from tests.harness.worker import Worker
from tests.performance.installation import PRODUCTION
from tests.performance.load import basic
from tests.performance.mail_sink import CountingSink
from tests.performance.tables import machine, record, short, table

RATE = 100
POSTERS = 4
EVENT = "Order Completed"


def measure(folder: Path, *, seconds: int) -> None:
    count = RATE * seconds
    arrivals = folder / "arrivals.tsv"
    sink = CountingSink(folder, record=str(arrivals))
    valkey = Valkey(folder / "valkey.log")
    environment = PRODUCTION | {
        "DJANGO_SETTINGS_MODULE": "promoter.settings",
        "EMAIL_URL": f"smtp://127.0.0.1:{sink.port}",
        "REDIS_URL": valkey.url(),
        "DATABASE_URL": database_url(),
    }
    running: list[Leashed] = [sink.process]
    try:
        options = ("--workers", "1", "--blocking-threads", "4")
        web = WebServer(folder / "web.log", environment, options=options)
        running.append(web.process)
        key = made_key()
        with broker(valkey.url()):
            worker = Worker(
                name="bench",
                environment=environment,
                log=folder / "worker.log",
                concurrency=4,
            )
        running.append(worker.process)
        post(web.port, key, RATE // 2, prefix="warm")
        wait_until(lambda: sink.taken() >= RATE // 2, 60, what="the first mails")
        posted = post(web.port, key, count, prefix="person")
        wait_until(lambda: sink.taken() >= count + RATE // 2, 60, what="every mail")
    finally:
        for process in reversed(running):
            process.kill()
        valkey.stop()
    report(posted, arrivals, seconds)


def made_key() -> str:
    """Of an account whose campaign mails whoever orders, at once."""
    make_due(1, now=timezone.now() + timedelta(days=10_000))
    Campaign.objects.update(
        event_name=EVENT,
        delivery_delay=0,
        # So many at once look like a mistake, and would wait for somebody's word.
        burst_allowed_until=timezone.now() + timedelta(days=1),
    )
    SurveyEmail.objects.all().delete()
    campaign = Campaign.objects.latest("pk")
    Account.objects.update(daily_event_limit=2_000_000_000)
    return ApiKey.objects.issue(account=campaign.account, name="Bench", now=timezone.now())[
        1
    ]


def post(port: int, key: str, count: int, *, prefix: str) -> dict[str, float]:
    """RATE a second, each at its moment whatever the one before took. Address -> when."""
    begun = time.time()
    numbers = deque(range(count))
    posted: dict[str, float] = {}

    def work() -> None:
        line = http.client.HTTPConnection("127.0.0.1", port)
        while True:
            try:
                number = numbers.popleft()
            except IndexError:
                return
            time.sleep(max(0, begun + number / RATE - time.time()))
            address = f"{prefix}{number}@example.com"
            body = json.dumps({"batch": events(f"{prefix}{number}", address)})
            posted[address] = begun + number / RATE
            headers = {
                "Authorization": f"Basic {basic(key)}",
                "Content-Type": "application/json",
            }
            line.request("POST", "/v1/batch", body, headers)
            answer = line.getresponse()
            answer.read()
            if answer.status != 200:
                raise RuntimeError(f"the event was answered {answer.status}")

    posters = [threading.Thread(target=work) for _ in range(POSTERS)]
    for poster in posters:
        poster.start()
    for poster in posters:
        poster.join()
    return posted


def events(user: str, address: str) -> list[dict[str, object]]:
    """Who they are, and what they did."""
    moment = timezone.now().isoformat()
    who = {"userId": user, "timestamp": moment}
    return [
        who | {"type": "identify", "traits": {"email": address}, "messageId": f"i-{user}"},
        who | {"type": "track", "event": EVENT, "messageId": f"t-{user}"},
    ]


def report(posted: dict[str, float], arrivals: Path, seconds: int) -> None:
    lines = (line.split("\t") for line in arrivals.read_text().splitlines())
    arrived = {address: float(moment) for address, moment in lines}
    times = sorted(1_000 * (arrived[address] - posted[address]) for address in posted)
    row = [
        f"{RATE} a second for {seconds} s",
        *(short(times[len(times) * part // 100]) for part in (50, 95, 99)),
        short(times[-1]),
    ]
    head = ["events with an identify before each", "p50 ms", "p95 ms", "p99 ms", "most"]
    record(
        f"sending latency {connection.vendor}",
        [machine(connection.vendor), "", *table(head, [row])],
    )
