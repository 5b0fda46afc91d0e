"""How fast the page is that a survey's link opens, beside `Hello world` on the same server,
and how long `make run` takes to its first page: `make bench ONLY=pages`.

They take turns within each round; a ratio is the median of the rounds' ratios. `make run`
is started twice in a DATA_DIR of the bench's own: the second start is warm.
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import defaultdict
from contextlib import ExitStack, suppress
from pathlib import Path

import django

from tests.harness.processes import free_port
from tests.harness.web import WebServer
from tests.performance.bench_ingest import SERVER, data_folder
from tests.performance.installation import PRODUCTION, SECRET_KEY
from tests.performance.load import Figures, Load
from tests.performance.tables import machine, record, short, spread, table

SURVEYS = 2_000
PATIENCE_SECONDS = 300
BARE, BEHIND, OPENED, NEW = (
    "Hello world, no middleware",
    "Hello world behind our middleware",
    "survey page, opened often",
    "survey page, opened for the first time",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--only", choices=["survey", "start"])
    chosen = parser.parse_args()
    # What was started is ended however this ends.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    os.environ["DJANGO_SETTINGS_MODULE"] = "promoter.settings"
    django.setup()
    # What follows needs the apps to be there.
    from django.db import connection  # noqa: PLC0415

    from promoter.lib.scratch import keep_every_commit, scratch_database  # noqa: PLC0415

    if chosen.only != "start":
        with (
            tempfile.TemporaryDirectory(prefix="bench-", dir=data_folder()) as folder,
            scratch_database(Path(folder)),
        ):
            if connection.vendor == "postgresql":
                keep_every_commit()
            survey(Path(folder), chosen.rounds, chosen.seconds)
    # What `make run` starts is on SQLite in any case.
    if chosen.only != "survey" and connection.vendor == "sqlite":
        start()


def survey(folder: Path, rounds: int, seconds: float) -> None:
    from django.db import connection  # noqa: PLC0415

    from promoter.lib.scratch import database_url  # noqa: PLC0415

    environment = PRODUCTION | {
        "DATABASE_URL": database_url(),
        "DATA_DIR": str(folder),
    }
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"],
        env=os.environ | environment,
        check=True,
    )
    addresses = survey_addresses()
    cases = {
        BARE: ("tests.performance.peers", ["/hello"]),
        BEHIND: ("tests.performance.hello", ["/hello"]),
        OPENED: ("promoter.wsgi", addresses[:1]),
        NEW: ("promoter.wsgi", addresses[1:]),
    }
    figures: dict[str, list[Figures]] = defaultdict(list)
    with ExitStack() as stack:
        ports = {}
        for module in {module for module, _ in cases.values()}:
            server = WebServer(
                folder / f"{module}.log",
                environment,
                options=SERVER[connection.vendor],
                application=f"{module}:application",
            )
            stack.callback(server.process.kill)
            ports[module] = server.port
        for module, paths in cases.values():
            # The first request imports what is imported at the first request.
            with urllib.request.urlopen(f"http://127.0.0.1:{ports[module]}{paths[0]}"):
                pass
        for turn in range(rounds + 1):
            for name, (module, paths) in cases.items():
                url = f"http://127.0.0.1:{ports[module]}{paths[0]}"
                # The first round warms up.
                found = Load(url, paths=paths).send(seconds if turn else 1)
                if found.refused or not found.answers:
                    raise RuntimeError(f"{name}: {found}")
                if turn:
                    figures[name].append(found)
                    print(f"{turn} {name}: {short(found.rate)}", flush=True)
    report(figures)


def survey_addresses() -> list[str]:
    """Of surveys that were sent, signed as the server reads them."""
    from django.conf import settings  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from campaigns.models import EmailTemplate  # noqa: PLC0415
    from campaigns.template_versions import version_of  # noqa: PLC0415
    from surveys.models import Survey, SurveyEmail  # noqa: PLC0415
    from surveys.proving.sending import make_due  # noqa: PLC0415

    settings.SECRET_KEY = SECRET_KEY
    now = timezone.now()
    make_due(SURVEYS, now=now)
    SurveyEmail.objects.update(
        status=SurveyEmail.Status.SENT,
        sent_at=now,
        template_version=version_of(template=EmailTemplate.objects.get(), now=now),
    )
    Survey.objects.update(asked_at=now)
    return [f"/s/{each.token}/?score=9" for each in Survey.objects.order_by("pk")]


def report(figures: dict[str, list[Figures]]) -> None:
    from django.db import connection  # noqa: PLC0415

    def ratio(name: str, peer: str) -> str:
        if name in (BARE, BEHIND):
            return ""
        pairs = zip(figures[name], figures[peer], strict=True)
        return short(statistics.median(a.rate / b.rate for a, b in pairs))

    rows = [
        [
            name,
            spread([each.rate for each in found]),
            short(statistics.median(each.p50 for each in found)),
            short(statistics.median(each.p99 for each in found)),
            ratio(name, BEHIND),
            ratio(name, BARE),
        ]
        for name, found in figures.items()
    ]
    head = [
        "page",
        "requests/s",
        "p50 ms",
        "p99 ms",
        "x Hello world",
        "x without middleware",
    ]
    workers, threads = SERVER[connection.vendor][1::2]
    server = f" granian with {workers} x {threads} threads, 16 clients."
    lines = [machine(connection.vendor) + server, "", *table(head, rows)]
    record(f"pages {connection.vendor}", lines)


def start() -> None:
    """From the command to the first page, and once more."""
    folder = Path(os.environ.get("DATA_DIR", "var")).resolve() / "bench-run"
    rows = [[name, f"{first_page(folder):.1f} s"] for name in ("before", "warm")]
    head = ["`make run` to its first page", "from the command"]
    record("pages start", [machine("sqlite"), "", *table(head, rows[1:])])
    print(f"The start before it, which installs what is missing: {rows[0][1]}")


def first_page(folder: Path) -> float:
    port = free_port()
    begun = time.perf_counter()
    process = subprocess.Popen(
        ["make", "--no-print-directory", "run"],
        env={
            name: value
            for name, value in os.environ.items()
            if name in ("PATH", "HOME", "LANG") or name.startswith(("PIP_", "SSL_"))
        }
        | {"PORT": str(port), "DATA_DIR": str(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while True:
            with (
                suppress(OSError),
                urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as answer,
            ):
                if answer.status == 200:
                    return time.perf_counter() - begun
            if process.poll() is not None or time.perf_counter() - begun > PATIENCE_SECONDS:
                raise RuntimeError("`make run` shows no page.")
            time.sleep(0.02)
    finally:
        # make hands an interrupt on to what it started, as a terminal would.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)
        process.wait(60)


if __name__ == "__main__":
    sys.exit(main())
