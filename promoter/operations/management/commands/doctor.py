"""`manage.py doctor`: what is wrong with this installation, and how to mend it."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from promoter.operations.examining import (
    Finding,
    of_broker,
    of_database,
    of_disk,
    of_settings,
    of_static_files,
)
from promoter.operations.examining_mail import of_mail_server, of_sender
from promoter.operations.problems import state


class Command(BaseCommand):
    help = (
        "Look at settings, database, broker, workers, mail, DNS, disk and what waits, and "
        "say what is wrong and what to do about it. Exit code 1 when something is wrong."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = list(_examine(timezone.now()))
        wrong = sum(each.level == "wrong" for each in findings)
        look = sum(each.level == "look" for each in findings)
        if options["json"]:
            rows = [asdict(each) for each in findings]
            told = {"wrong": wrong, "look": look, "findings": rows}
            self.stdout.write(json.dumps(told, indent=2, ensure_ascii=False))
        else:
            for each in findings:
                self._tell(each)
            self.stdout.write("\n" + _sum(wrong, look))
        sys.exit(1 if wrong else 0)

    def _tell(self, finding: Finding) -> None:
        style = {
            "fine": self.style.SUCCESS,
            "look": self.style.WARNING,
            "wrong": self.style.ERROR,
        }[finding.level]
        self.stdout.write(f"{style(finding.level):5}  {finding.about}: {finding.what}")
        if finding.advice:
            self.stdout.write(f"       {finding.advice}")


def _examine(now: datetime) -> Iterator[Finding]:
    yield from of_settings()
    database = list(of_database(now=now))
    yield from database
    yield from of_broker()
    yield from of_disk()
    yield from of_static_files()
    yield from of_mail_server()
    # The rest is read from the database.
    if not any(each.level == "wrong" for each in database):
        yield from of_sender()
        yield from _of_work(now)


def _of_work(now: datetime) -> Iterator[Finding]:
    """What the status page says of workers, beat and what waits."""
    about = _("Work")
    problems = state(now=now).problems
    for each in problems:
        yield Finding(about, each.level, each.what, each.advice)
    if not problems:
        yield Finding(about, "fine", _("Workers and beat are at work; nothing waits long."))


def _sum(wrong: int, look: int) -> str:
    if not wrong and not look:
        return _("All is well.")
    told = ngettext("%(n)s thing is wrong", "%(n)s things are wrong", wrong) % {"n": wrong}
    return _("%(told)s, %(look)s to look at.") % {"told": told, "look": look}
