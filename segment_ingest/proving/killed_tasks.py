"""Prove that a periodic task whose worker is killed is done in the end, and once.

An installation is made in which each task of beat's table has something to do. Then each
of them is run in a process that kills itself (SIGKILL) before or behind one of its
statements, each of them in turn; the whole table is run twice more, as beat would; and
what the database says then is compared with what it says when nobody was killed. Before
the next kill all is put back as it was.
"""

from __future__ import annotations

import logging
import os
import signal
import time
import warnings
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from promoter.lib.smtp_sink import Envelope
from promoter.lib.smtp_sink_thread import SmtpSink
from segment_ingest.proving.full_day import (
    Day,
    Receiver,
    Tasks,
    clock_at,
    periodic_tasks,
    surroundings,
)
from segment_ingest.proving.kept_state import DOUBT, Kept, state
from segment_ingest.proving.proof import Given, Proof
from surveys.sending.transport import close_kept_connection

MAIL = "mail"
FORWARD, NOTICE = "forward", "notice"
# What says so itself may come twice, or not at all, when a worker dies.
TO_THE_TEAM = {FORWARD, NOTICE}
Outcome = Counter[tuple[Any, ...]]
# Leases are over by the first; what waits for another turn is there by the second.
ROUNDS = (timedelta(minutes=10), timedelta(minutes=80))


def prove_killed_tasks(given: Given, *, every: int, only: Sequence[str] = ()) -> Proof:
    """Kill at each moment of each task, or at every so manieth; `only` some tasks."""
    begin = time.monotonic()
    fate = Fate()
    with (
        surroundings(given) as (receiver, sink),
        closing(Trial(given, receiver, sink)) as trial,
    ):
        tasks = [name for name in trial.tasks if not only or name in only]
        for task in tasks:
            trial.wait_for(task)
            trial.go_on()
            expected = trial.outcome()
            moment = given.seed % every
            while trial.kills(task, moment):
                trial.go_on()
                fate.judge(task, expected, trial.outcome())
                moment += every
    return Proof(
        figures={
            "tasks": len(tasks),
            "kills": fate.kills,
            "uncertain": fate.uncertain,
            "repeated": fate.repeated,
            "untold": fate.untold,
            "twice": fate.twice,
            "lost": fate.lost,
            "different": len(fate.different),
            "which": ",".join(sorted(set(fate.different))) or "-",
            "seconds": f"{time.monotonic() - begin:.1f}",
        },
        broken={
            "mails came twice": fate.twice,
            "mails were lost": fate.lost,
            "times things ended otherwise than without a kill": len(fate.different),
            "kills left more than one mail in doubt": max(0, fate.uncertain - fate.kills),
        },
    )


class Moments:
    """Counts what a process asks of its database, and ends it at one of them."""

    def __init__(self, last: int) -> None:
        self._left = last
        connection_created.connect(self._count, weak=False)

    def pass_one(self) -> None:
        self._left -= 1
        if self._left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def _count(self, connection: BaseDatabaseWrapper, **_: Any) -> None:
        if self._run not in connection.execute_wrappers:
            connection.execute_wrappers.append(self._run)
            commit = connection.commit

            def committing() -> None:
                self.pass_one()
                commit()
                self.pass_one()

            connection.commit = committing  # type: ignore[method-assign]

    def _run(self, execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        self.pass_one()
        answer = execute(sql, params, many, context)
        if not context["connection"].in_atomic_block:
            # It is committed.
            self.pass_one()
        return answer


@dataclass
class Fate:
    """What came of all the kills."""

    kills: int = 0
    uncertain: int = 0
    repeated: int = 0
    untold: int = 0
    twice: int = 0
    lost: int = 0
    different: list[str] = field(default_factory=list)

    def judge(self, task: str, expected: Outcome, came: Outcome) -> None:
        """What became of one kill of this task."""
        self.kills += 1
        more, less = came - expected, expected - came
        doubt = max(0, came[DOUBT] - expected[DOUBT])
        self.uncertain += doubt
        for mail in (key for key in more.elements() if key[0] == MAIL):
            self.repeated += mail[1] in TO_THE_TEAM
            self.twice += mail[1] not in TO_THE_TEAM
        missing = Counter(key[1] for key in less.elements() if key[0] == MAIL)
        self.untold += missing[NOTICE]
        self.lost += max(0, missing.total() - missing[NOTICE] - doubt)
        if any(key[0] != MAIL and key != DOUBT for key in [*more, *less]):
            self.different.append(task)


class Trial:
    """The day as it was made, and what becomes of it in the end."""

    def __init__(self, given: Given, receiver: Receiver, sink: SmtpSink) -> None:
        self.now = given.clock()
        self.tasks: Tasks = periodic_tasks()
        self._place, self._receiver, self._sink = given.folder, receiver, sink
        self._folders = [Path(settings.IMPORT_DIR), Path(settings.EXPORT_DIR)]
        Day(receiver, now=self.now)
        self._morning = self._keep("morning")
        self._kept = self._morning

    def _keep(self, name: str) -> Kept:
        close_kept_connection()
        return Kept(self._place, name, self._folders)

    def close(self) -> None:
        self._kept.drop()
        self._morning.drop()

    def wait_for(self, task: str) -> None:
        """From now on each trial begins where all of the table is done but this task."""
        self._kept = self._morning
        self.begin_anew()
        with clock_at(self.now - timedelta(minutes=1)):
            for name, run in self.tasks.items():
                if name != task:
                    run()
        self._kept = self._keep("noon")
        self.begin_anew()

    def begin_anew(self) -> None:
        """All as it was kept."""
        close_kept_connection()
        self._kept.restore()
        self._receiver.ids.clear()
        self._sink.envelopes.clear()

    def kills(self, task: str, moment: int) -> bool:
        """Begin anew, and run the task in a process that ends at that moment; False when
        it was done before. Raises RuntimeError when it fails of itself."""
        self.begin_anew()
        connections.close_all()
        with warnings.catch_warnings():
            # Threads of ours, which the child has not, hold nothing that it needs.
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
        if pid == 0:
            Moments(moment)
            try:
                with clock_at(self.now):
                    self.tasks[task]()
            except BaseException:
                logging.getLogger(__name__).exception("%s fails", task)
                os._exit(1)
            os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if code > 0:
            raise RuntimeError(f"{task} fails where nobody kills it; the log says why.")
        return code < 0

    def go_on(self) -> None:
        """What beat has the workers do in the time that follows."""
        for wait in ROUNDS:
            with clock_at(self.now + wait):
                for run in self.tasks.values():
                    run()

    def outcome(self) -> Outcome:
        mails = Counter(
            (MAIL, _kind(each), each.recipients, _subject(each))
            for each in self._sink.envelopes
        )
        hooks = Counter(("webhook", each) for each in set(self._receiver.ids))
        files = Counter(
            (folder.name, path.stat().st_size)
            for folder in self._folders
            for path in folder.iterdir()
        )
        return state() + mails + hooks + files


def _subject(envelope: Envelope) -> str:
    return str(message_from_bytes(envelope.raw)["Subject"])


def _kind(envelope: Envelope) -> str:
    if envelope.message_id.startswith("<answer-"):
        return FORWARD
    to_the_team = all(each.endswith("@example.net") for each in envelope.recipients)
    return NOTICE if to_the_team and "<team-" not in envelope.message_id else "survey"
