"""The installation in Prometheus's text format.

Every figure is read from the database when somebody asks, so that any of the web
processes gives the same answer; none has counts of its own that a scrape could miss.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Sum
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from promoter.operations.problems import LOOK, WRONG, State, state
from promoter.operations.signs import HEARTBEAT, SILENT_AFTER
from segment_ingest.models import DailyUsage
from segment_ingest.quota import utc_day

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
OUTCOMES = ("accepted", "duplicates", "rejected", "refused")
Sample = tuple[dict[str, str], float]


@dataclass(frozen=True, slots=True)
class Metric:
    """One name with its samples: labels, and the figure under them."""

    name: str
    kind: str
    help: str
    samples: list[Sample]

    def lines(self) -> Iterator[str]:
        yield f"# HELP {self.name} {self.help}"
        yield f"# TYPE {self.name} {self.kind}"
        for labels, figure in self.samples:
            inside = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
            place = f"{self.name}{{{inside}}}" if inside else self.name
            # Prometheus reads any float; :g would round a time stamp to six digits.
            yield f"{place} {float(figure)!r}"


def may_scrape(request: HttpRequest) -> bool:
    """Whether the caller shows the token."""
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    given = token.strip().encode()
    return scheme.lower() == "bearer" and constant_time_compare(
        given, settings.METRICS_TOKEN.encode()
    )


def exposition(*, now: datetime) -> str:
    """All metrics as of now. Raises DatabaseError when the database is away."""
    found = state(now=now)
    metrics = [*_queues(found), *_processes(found), *_tasks(found), *_accounts(found, now)]
    return "\n".join(line for metric in metrics for line in metric.lines()) + "\n"


def _queues(found: State) -> Iterator[Metric]:
    def of(attribute: str) -> list[Sample]:
        return [({"queue": each.key}, getattr(each, attribute)) for each in found.queues]

    ages: list[Sample] = [
        ({"queue": each.key}, each.age.total_seconds()) for each in found.queues
    ]
    yield Metric("promoter_queue_due", "gauge", "What could be done now.", of("due"))
    yield Metric(
        "promoter_queue_oldest_seconds", "gauge", "How long the oldest of it waits.", ages
    )
    yield Metric(
        "promoter_queue_held",
        "gauge",
        "Due, but its account's sender is refused.",
        of("held"),
    )
    yield Metric(
        "promoter_queue_failed",
        "gauge",
        "Failed within a day; of survey mails, until somebody decided.",
        of("failed"),
    )
    yield Metric("promoter_queue_unclear", "gauge", "May have left, or not.", of("unclear"))


def _processes(found: State) -> Iterator[Metric]:
    there = sum(found.now - each.seen_at <= SILENT_AFTER for each in found.workers)
    yield Metric("promoter_workers", "gauge", "Workers that show life.", [({}, there)])


def _tasks(found: State) -> Iterator[Metric]:
    runs = found.runs
    done = [(each, each.done_at) for each in runs if each.done_at]

    def of(attribute: str) -> list[Sample]:
        return [({"task": each.task}, getattr(each, attribute)) for each in runs]

    yield Metric("promoter_task_runs_total", "counter", "Runs of a task.", of("runs"))
    yield Metric(
        "promoter_task_failures_total", "counter", "Those that failed.", of("failures")
    )
    yield Metric(
        "promoter_task_last_success_timestamp_seconds",
        "gauge",
        f"When it last ended well; that of {HEARTBEAT} is the beat's sign of life.",
        [({"task": each.task}, round(at.timestamp())) for each, at in done],
    )
    yield Metric(
        "promoter_task_last_duration_seconds",
        "gauge",
        "How long that took.",
        [({"task": each.task}, each.seconds) for each, _at in done],
    )


def _accounts(found: State, now: datetime) -> Iterator[Metric]:
    sums = DailyUsage.objects.filter(day=utc_day(now)).aggregate(
        **{outcome: Sum(outcome, default=0) for outcome in OUTCOMES}
    )
    yield Metric(
        "promoter_events_today",
        "gauge",
        "Segment's events of this UTC day, over all accounts.",
        [({"outcome": outcome}, sums[outcome]) for outcome in OUTCOMES],
    )
    yield Metric(
        "promoter_problems",
        "gauge",
        "What the status page lists: wrong does not get done, look is to be looked at.",
        [
            ({"level": level}, sum(each.level == level for each in found.problems))
            for level in (WRONG, LOOK)
        ],
    )


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
