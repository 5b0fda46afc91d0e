"""`manage.py prove sending`: promises about delivery, put to the test on this machine."""

from __future__ import annotations

import random
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, connections
from django.utils import timezone

from surveys.proving import Proof, prove_sending

HEADINGS = (
    "database",
    "messages",
    "workers",
    "kills",
    "stops",
    "sent",
    "twice",
    "lost",
    "uncertain",
    "arrived",
    "seconds",
    "mails/s",
)


class Command(BaseCommand):
    help = (
        "Send mails to a counting mail server on loopback while workers are killed with "
        "SIGKILL, on a scratch database made beside the configured one; print what came "
        "of it. Exit code 1 when a promise was broken."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["sending"])
        parser.add_argument("--messages", type=int, default=10_000)
        parser.add_argument("--kills", type=int, default=200)
        parser.add_argument("--stops", type=int, help="SIGSTOP, a lease long; kills / 10")
        parser.add_argument("--workers", type=int, default=4)
        parser.add_argument("--seed", type=int, help="repeats an earlier run's choices")

    def handle(self, *args: Any, **options: Any) -> None:
        seed = options["seed"]
        if seed is None:
            seed = random.SystemRandom().randrange(1_000_000)
        stops = options["stops"]
        with (
            tempfile.TemporaryDirectory(prefix="prove-") as folder,
            scratch_database(Path(folder)),
        ):
            proof = prove_sending(
                messages=options["messages"],
                kills=options["kills"],
                stops=options["kills"] // 10 if stops is None else stops,
                workers=options["workers"],
                seed=seed,
                folder=Path(folder),
                clock=timezone.now,
            )
        self.stdout.write(table(proof))
        if proof.breaches:
            raise CommandError("; ".join(proof.breaches) + ".")


def table(proof: Proof) -> str:
    """The figures under their headings, and how to repeat them."""
    figures = (
        connection.vendor,
        proof.messages,
        proof.workers,
        proof.kills,
        proof.stops,
        proof.sent,
        proof.twice,
        proof.lost,
        proof.uncertain,
        proof.uncertain_arrived,
        f"{proof.seconds:.1f}",
        f"{proof.messages / proof.seconds:.0f}",
    )
    cells = [
        (heading, str(figure)) for heading, figure in zip(HEADINGS, figures, strict=True)
    ]
    widths = [max(map(len, cell)) for cell in cells]
    lines = [
        "  ".join(cell[row].rjust(width) for cell, width in zip(cells, widths, strict=True))
        for row in (0, 1)
    ]
    return "\n".join([f"prove sending --seed {proof.seed}", *lines])


@contextmanager
def scratch_database(folder: Path) -> Iterator[None]:
    """An empty, migrated database beside the configured one, dropped at the end."""
    before = connection.settings_dict["NAME"]
    beside = connection.settings_dict["TEST"]
    kept = beside["NAME"]
    beside["NAME"] = (
        str(folder / "scratch.sqlite3")
        if connection.vendor == "sqlite"
        else f"promoter_{folder.name}".replace("-", "_").lower()
    )
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connections.close_all()
        connection.creation.destroy_test_db(before, verbosity=0)
        beside["NAME"] = kept
