"""`manage.py prove SUBJECT`: the product's promises, put to the test on this machine."""

from __future__ import annotations

import logging
import os
import random
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Protocol

from celery import current_app
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from promoter.lib.scratch import scratch_database
from segment_ingest.proving.bodies import prove_bodies
from segment_ingest.proving.proof import Given
from segment_ingest.proving.quota import prove_quota
from segment_ingest.proving.subjects import SUBJECTS as ALIKE
from segment_ingest.proving.throttle import prove_throttle
from surveys.proving.sending import Accidents, prove_sending

SUBJECTS = {
    "sending": "Send mails to a counting mail server while accidents happen.",
    "quota": "Send more events than a day's limit from many threads at once.",
    "throttle": "Process many events of each person at once; each is asked once.",
    "bodies": "Send requests made to break the Tracking API; none may be a 5xx.",
}


class Proof(Protocol):
    """What every subject hands back."""

    @property
    def figures(self) -> dict[str, object]:
        """Heading -> figure, in the order of the columns."""

    @property
    def breaches(self) -> list[str]:
        """The promises that the run broke, a sentence without its full stop each."""


class Command(BaseCommand):
    help = (
        "Put a promise to the test on a scratch database, made beside the configured one "
        "and dropped at the end; print what came of it. Exit code 1 when it was broken."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        subjects = parser.add_subparsers(dest="subject", required=True)
        of = {name: subjects.add_parser(name, help=text) for name, text in SUBJECTS.items()}
        _add_accidents(of["sending"])
        of["quota"].add_argument("--tries", type=int, default=60_000)
        of["quota"].add_argument("--threads", type=int, default=16)
        of["quota"].add_argument("--limit", type=int, default=50_000)
        of["throttle"].add_argument("--contacts", type=int, default=1_000)
        of["throttle"].add_argument("--events", type=int, default=10)
        of["throttle"].add_argument("--workers", type=int, default=4)
        of["bodies"].add_argument("--count", type=int, default=100_000)
        of["bodies"].add_argument(
            "--answers", type=Path, help="a file for each answer, to compare databases by"
        )
        for name, alike in ALIKE.items():
            parser_of_it = subjects.add_parser(name, help=alike.help)
            if alike.restarts:
                _add_restart_command(parser_of_it)
            for number, default in alike.numbers.items():
                parser_of_it.add_argument(f"--{number}", type=int, default=default)
            of[name] = parser_of_it
        for name in ("sending", "bodies", *ALIKE):
            of[name].add_argument(
                "--seed", type=int, help="repeats an earlier run's choices"
            )

    def handle(self, *args: Any, **options: Any) -> None:
        subject = options["subject"]
        wanted = options.get("restarts") or (
            subject in ALIKE and ALIKE[subject].restarts and connection.vendor != "sqlite"
        )
        if wanted and not options["restart_command"]:
            raise CommandError("--restarts needs a --restart-command.")
        seed = options.get("seed")
        if seed is None:
            seed = random.SystemRandom().randrange(1_000_000)
        _prepare()
        with (
            tempfile.TemporaryDirectory(prefix="prove-") as folder,
            scratch_database(Path(folder)),
        ):
            proof = _prove(subject, options, seed=seed, folder=Path(folder))
        title = f"prove {subject}" + (f" --seed {seed}" if "seed" in options else "")
        self.stdout.write(table(title, {"database": connection.vendor} | proof.figures))
        if proof.breaches:
            raise CommandError("; ".join(proof.breaches) + ".")


def _prepare() -> None:
    """As in production, but alone."""
    # DEBUG would keep every statement.
    settings.DEBUG = False
    # Thousands of refusals are what some subjects are about.
    logging.getLogger("django.request").setLevel(logging.ERROR)
    # A ring of this run must not reach a real worker.
    current_app.conf.update(broker_url="memory://")


def _prove(subject: str, options: dict[str, Any], *, seed: int, folder: Path) -> Proof:
    if subject in ALIKE:
        alike = ALIKE[subject]
        given = Given(
            seed=seed,
            folder=folder,
            clock=timezone.now,
            restart_command=options.get("restart_command", ""),
        )
        return alike.prove(given, **{name: options[name] for name in alike.numbers})
    if subject == "quota":
        return prove_quota(
            tries=options["tries"],
            threads=options["threads"],
            limit=options["limit"],
            now=timezone.now(),
        )
    if subject == "throttle":
        return prove_throttle(
            contacts=options["contacts"],
            events=options["events"],
            workers=options["workers"],
            now=timezone.now(),
        )
    if subject == "bodies":
        return prove_bodies(
            count=options["count"],
            seed=seed,
            answers=options["answers"] or folder / "answers",
            clock=timezone.now,
        )
    return prove_sending(
        messages=options["messages"],
        accidents=_accidents(options),
        workers=options["workers"],
        seed=seed,
        folder=folder,
        now=timezone.now(),
    )


def _add_accidents(sending: ArgumentParser) -> None:
    sending.add_argument("--messages", type=int, default=10_000)
    sending.add_argument("--workers", type=int, default=4)
    sending.add_argument("--kills", type=int, default=200)
    sending.add_argument("--stops", type=int, help="SIGSTOP, a lease long; kills / 10")
    sending.add_argument("--flushes", type=int, help="of the broker; kills / 20")
    sending.add_argument("--restarts", type=int, default=0, help="of PostgreSQL")
    _add_restart_command(sending)


def _add_restart_command(subject: ArgumentParser) -> None:
    subject.add_argument(
        "--restart-command",
        default=os.environ.get("DATABASE_RESTART", ""),
        help="restarts PostgreSQL at once, in a shell; DATABASE_RESTART",
    )


def _accidents(options: dict[str, Any]) -> Accidents:
    kills, stops, flushes = (options[name] for name in ("kills", "stops", "flushes"))
    return Accidents(
        kills=kills,
        stops=kills // 10 if stops is None else stops,
        flushes=kills // 20 if flushes is None else flushes,
        restarts=options["restarts"],
        restart_command=options["restart_command"],
    )


def table(title: str, figures: dict[str, object]) -> str:
    """The figures under their headings, below how to repeat them."""
    cells = [(heading, str(figure)) for heading, figure in figures.items()]
    widths = [max(map(len, cell)) for cell in cells]
    lines = [
        "  ".join(cell[row].rjust(width) for cell, width in zip(cells, widths, strict=True))
        for row in (0, 1)
    ]
    return "\n".join([title, *lines])
