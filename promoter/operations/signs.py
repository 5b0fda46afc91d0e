"""What the signs of life say: who works, who is silent, and since when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from promoter.operations.models import TaskRun, Worker

HEARTBEAT = "promoter.operations.tasks.show_life"
# Four signs missed: a worker all of whose hands are busy misses a few.
SILENT_AFTER = timedelta(seconds=90)


def silences(
    *, workers: Iterable[Worker], runs: Iterable[TaskRun], now: datetime
) -> dict[str, str]:
    """`worker` or `beat` -> what is wrong and what to do; empty when both are at work."""
    seen_at = max((each.seen_at for each in workers), default=None)
    if seen_at is None or now - seen_at > SILENT_AFTER:
        return {
            "worker": _(
                "No worker is at work (%(when)s): events wait and no mail goes out. "
                "Start one with `celery -A promoter worker`, or read the end of its log."
            )
            % {"when": _since(seen_at, now)}
        }
    beat_at = next((each.done_at for each in runs if each.task == HEARTBEAT), None)
    if beat_at is None or now - beat_at > SILENT_AFTER:
        return {
            "beat": _(
                "The beat is silent (%(when)s): nothing that is due by the clock gets "
                "done. Start `celery -A promoter beat`. If it runs, the workers can’t be "
                "reached through the broker or have no hand free: start more of them."
            )
            % {"when": _since(beat_at, now)}
        }
    return {}


def _since(moment: datetime | None, now: datetime) -> str:
    if moment is None:
        return _("never seen")
    return _("last seen %(seconds)s s ago") % {
        "seconds": int((now - moment).total_seconds())
    }


def in_words(span: timedelta) -> str:
    """`20 s`, `3 min`, `2 h`, `4 days`: rounded down, for a sentence or a column."""
    seconds = int(span.total_seconds())
    if seconds < 60:
        return _("%(n)s s") % {"n": seconds}
    if seconds < 3600:
        return _("%(n)s min") % {"n": seconds // 60}
    if seconds < 48 * 3600:
        return _("%(n)s h") % {"n": seconds // 3600}
    days = seconds // (24 * 3600)
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": days}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the table of periodic work, and how it fares."""

    name: str
    period: timedelta
    run: TaskRun | None
    now: datetime

    @property
    def every(self) -> str:
        return in_words(self.period)

    @property
    def has_failed(self) -> bool:
        """Its last run that was written down went wrong."""
        run = self.run
        if run is None or run.failed_at is None:
            return False
        return run.done_at is None or run.done_at < run.failed_at

    @property
    def is_late(self) -> bool:
        """It ended well too long ago, though beat calls it every so often."""
        return self.age > max(3 * self.period, SILENT_AFTER)

    @property
    def age(self) -> timedelta:
        """How long ago it last ended well; nothing of one that never has."""
        done_at = self.run.done_at if self.run else None
        return self.now - done_at if done_at else timedelta(0)

    @property
    def is_unseen(self) -> bool:
        """It has never ended well, as on the first day."""
        return self.run is None or self.run.done_at is None


def entries(*, runs: Iterable[TaskRun], now: datetime) -> list[Entry]:
    """Each entry of the one table of periodic work, in its order."""
    table: dict[str, dict[str, Any]] = settings.CELERY_BEAT_SCHEDULE
    by_task = {run.task: run for run in runs}
    return [
        Entry(name, timedelta(seconds=entry["schedule"]), by_task.get(entry["task"]), now)
        for name, entry in table.items()
    ]
