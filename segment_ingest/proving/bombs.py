"""Prove that what is small on the wire and large inside costs no memory to speak of.

The bombs go over HTTP to the web server's own processes, and a CSV file to a process that
imports it; the kernel says how much each had at most, and how much before.
"""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from django.conf import settings
from django.urls import reverse

from contacts.import_jobs import ImportJob
from contacts.models import Contact
from promoter.lib.scratch import database_url
from segment_ingest.models import Connection
from segment_ingest.proving.proof import Given, Ground, Proof, make_ground
from segment_ingest.proving.visitor import Visitor, sign_in
from segment_ingest.proving.web import Line, Web, batch_of

MB = 1024 * 1024
# Of one process with four bombs at a time, however many: what its eight threads need and
# what the allocator doesn't give back.
MOST_GROWTH_MB = 128
THREADS = 4
FEW_ROWS = 500
TOO_MANY_ROWS = 1_000_000
JSON = "application/json"
LONG = "x" * 99
CHARSETS = ("bz2_codec", "hex", "idna", "punycode", "utf-7", "utf-16", "zlib_codec", LONG)
# Works until no import waits: Celery's task, in a process that ends.
IMPORT = """
from contacts.tasks import run_imports
from contacts.import_jobs import ImportJob
while ImportJob.objects.filter(status__in=["queued", "running"]).exists():
    run_imports()
"""

# Its address, its body and its headers.
Bomb = tuple[str, bytes, dict[str, str]]


def prove_bombs(given: Given, *, bombs: int, rows: int) -> Proof:
    """So many bombs, a file of a million rows, and an import of so many rows."""
    ground = make_ground(now=given.clock())
    owner = sign_in(ground.account, address="owner@example.net")
    start = time.monotonic()
    with Web(given.folder, pages=True) as web:
        send = _Attack(given, web, ground)
        growth = {"bombs": send.grown_by(lambda: send.all(bombs))}
        upload = _Upload(web, owner)
        large = _csv(given.folder / "large.csv", TOO_MANY_ROWS)
        growth["upload"] = send.grown_by(lambda: upload.post(large, start=False))
        upload.post(_csv(given.folder / "few.csv", FEW_ROWS), start=True)
        usual = _import_mb(given.folder)
        upload.post(_csv(given.folder / "rows.csv", rows), start=True)
        growth["import"] = max(0, _import_mb(given.folder) - usual)
    known = Contact.objects.filter(account=ground.account).count()
    over = {name: mb for name, mb in growth.items() if mb > MOST_GROWTH_MB}
    statuses = send.statuses + upload.statuses
    errors = sum(statuses[status] for status in statuses if status >= 500)
    return Proof(
        figures={
            "bombs": bombs,
            "4xx": sum(statuses[status] for status in statuses if 400 <= status < 500),
            "5xx": errors,
            "unanswered": send.unanswered,
            "slowest-s": f"{send.slowest:.2f}",
            "rows": rows,
            "honest-MB": send.honest,
            **{f"{name}-MB": mb for name, mb in growth.items()},
            "seconds": f"{time.monotonic() - start:.1f}",
        },
        broken={
            "answers were a 5xx": errors,
            **{f"MB more were needed by {name}": mb for name, mb in over.items()},
            "rows are missing": max(rows, FEW_ROWS) - known,
            "files with a million rows were taken": ImportJob.objects.count() - 2,
        },
    )


class _Attack:
    """Bombs from a few threads, and what they did to the web server."""

    def __init__(self, given: Given, web: Web, ground: Ground) -> None:
        self.statuses = Counter[int]()
        self.unanswered = 0
        self.slowest = 0.0
        self.honest = 0
        """How many MB a worker process had after honest requests, at most."""
        self._web, self._key, self._chance = web, ground.key, given.chance()
        self._hook = Connection.objects.open(
            account=ground.account, name="Proof", now=given.clock()
        )
        Connection.objects.update(takes_unsigned=True)

    def all(self, number: int) -> None:
        kinds = _bombs(self._hook.token)
        chosen = [kinds[each % len(kinds)] for each in range(number)]
        self._chance.shuffle(chosen)
        with ThreadPoolExecutor(THREADS) as pool:
            for share in [
                pool.submit(self._some, chosen[each::THREADS]) for each in range(THREADS)
            ]:
                share.result()

    def grown_by(self, act: Callable[[], object]) -> int:
        """How many MB the largest growth of a worker process was, during the act."""
        self._warm_up()
        before = {pid: _reset_peak(pid) for pid in self._web.workers}
        self.honest = max(self.honest, max(before.values()) // 1024)
        act()
        return max(
            (_memory(pid, "VmHWM") - kb) // 1024
            for pid, kb in before.items()
            if Path(f"/proc/{pid}").exists()
        )

    def _warm_up(self) -> None:
        """Honest requests first, as large as they may be and as many at a time: what these
        need is no growth."""
        event = {
            "type": "track",
            "userId": "u",
            "event": "e",
            "properties": {"x": "y" * 999},
        }
        large = [event | {"messageId": f"m{each}"} for each in range(3_500)]
        batch = batch_of([{"type": "track", "userId": "u", "event": "e"}] * 500)
        path = f"/v1/segment/webhook/{self._hook.token}"
        calls = [(path, json.dumps(large).encode()), ("/v1/batch", batch)] * 10

        def call(each: tuple[str, bytes]) -> None:
            line = Line(self._web.port, self._key)
            line.post(*each)
            line.close()

        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(call, calls))

    def _some(self, bombs: list[Bomb]) -> None:
        for path, body, headers in bombs:
            line = Line(self._web.port, self._key)
            begin = time.monotonic()
            status = line.post(path, body, **headers)
            self.slowest = max(self.slowest, time.monotonic() - begin)
            line.close()
            if status is None:
                self.unanswered += 1
            else:
                self.statuses[status] += 1


class _Upload:
    """CSV files as the owner's browser sends them."""

    def __init__(self, web: Web, owner: Visitor) -> None:
        self.statuses = Counter[int]()
        session = owner.cookies[settings.SESSION_COOKIE_NAME].value
        self._cookies = {
            "Cookie": f"{settings.SESSION_COOKIE_NAME}={session}; csrftoken={'x' * 32}",
            "X-CSRFToken": "x" * 32,
        }
        self._web, self._owner = web, owner

    def post(self, file: Path, *, start: bool) -> None:
        head = (
            '--limit\r\nContent-Disposition: form-data; name="file"; '
            f'filename="{file.name}"\r\nContent-Type: text/csv\r\n\r\n'
        )
        body = head.encode() + file.read_bytes() + b"\r\n--limit--\r\n"
        line = Line(self._web.port, "")
        form = {"Content-Type": "multipart/form-data; boundary=limit"}
        status = line.post(reverse("contact-imports"), body, **form, **self._cookies)
        self.statuses[status or 0] += 1
        line.close()
        if start:
            job = ImportJob.objects.latest("pk")
            columns = {"target_0": "user_id", "target_1": "email", "target_2": "first_name"}
            page = reverse("contact-import", args=[job.pk])
            self._owner.post(page, columns | {"start": "1", "duplicates": "update"})


@cache
def _layers() -> tuple[bytes, ...]:
    """Small, and large when inflated."""
    blanks = gzip.compress(b" " * (64 * MB), mtime=0)
    return (
        blanks,
        gzip.compress(blanks, mtime=0),
        gzip.compress(b"[" * (64 * MB), mtime=0),
        gzip.compress(b'{"batch":[' + b"{}," * (64 * MB // 3), mtime=0),
        gzip.compress(b"", mtime=0) * 20_000,
        blanks[:-8],
    )


def _bombs(token: str) -> list[Bomb]:
    return [*bombs_of_segment(), *bombs_of_webhooks(token), *_of_forms()]


def bombs_of_segment() -> Iterator[Bomb]:
    """For the Tracking API, whose key stands in a header beside these."""
    for layer in _layers():
        yield "/v1/batch", layer, {"Content-Encoding": "gzip", "Content-Type": JSON}
        yield "/v1/track", layer, {"Content-Type": "text/plain"}
    for charset in CHARSETS:
        body = json.dumps({"event": "e", "userId": "u"}).encode()
        yield "/v1/track", body, {"Content-Type": f"{JSON}; charset={charset}"}
        yield "/v1/batch", _layers()[0], {"Content-Type": f"{JSON}; charset={charset}"}
    half = 499 * 1024
    for body in (
        b"[" * half,
        b'{"a":' * (half // 5),
        b"[" * (half // 2) + b"]" * (half // 2),
        b'{"batch":[' + b"{}," * ((half - 20) // 3) + b"{}]}",
        b'{"batch":[' + b"[]," * ((half - 20) // 3) + b"[]]}",
        b'{"userId":"u","event":"e","properties":{"x":' + b"9" * (half - 60) + b"}}",
        b'{"userId":"u","event":"e","x":"' + b"\\u0000" * (half // 6 - 10) + b'"}',
        b" " * (20 * MB),
        b"x" * (40 * MB),
    ):
        yield "/v1/batch", body, {"Content-Type": JSON}


def bombs_of_webhooks(token: str) -> Iterator[Bomb]:
    """For the address of a connection that takes what isn't signed."""
    path, most = f"/v1/segment/webhook/{token}", settings.SEGMENT_MAX_WEBHOOK_BYTES - 20
    yield path, b"[" + b"{}," * (most // 3) + b"{}]", {"Content-Type": JSON}
    yield path, b"[" + b'{"a":{}},' * (most // 9) + b"{}]", {"Content-Type": JSON}
    yield path, b"[" * most, {"Content-Type": JSON}
    for layer in _layers():
        yield path, layer, {"Content-Encoding": "gzip", "Content-Type": JSON}


def _of_forms() -> Iterator[Bomb]:
    form = "application/x-www-form-urlencoded"
    parts = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * 100_000
    for path in ("/sign-in/", f"/s/{'x' * 32}/", f"/u/{'x' * 32}/"):
        yield path, b"a=1&" * 5_000_000, {"Content-Type": form}
        yield path, b"comment=" + b"x" * (20 * MB), {"Content-Type": form}
        yield (
            path,
            parts + b"--x--\r\n",
            {"Content-Type": "multipart/form-data; boundary=x"},
        )


def _csv(path: Path, rows: int) -> Path:
    with path.open("w") as file:
        file.write("userId,Email,First name\n")
        file.writelines(f"u{each},p{each}@example.com,Pat\n" for each in range(rows))
    return path


def _import_mb(folder: Path) -> int:
    """How much the process that imports what waits had at most."""
    with (folder / "import.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", IMPORT],
            cwd=settings.BASE_DIR,
            env=os.environ
            | {
                "DATABASE_URL": database_url(),
                "DATA_DIR": str(folder),
                "DEBUG": "1",
            },
            stdout=log,
            stderr=log,
        )
        _, code, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(code)
    if process.returncode:
        raise RuntimeError((folder / "import.log").read_text()[-2000:])
    return usage.ru_maxrss // 1024


def _reset_peak(pid: int) -> int:
    """Let the kernel measure the peak anew; what the process has now, in KB."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")
    return _memory(pid, "VmRSS")


def _memory(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))
