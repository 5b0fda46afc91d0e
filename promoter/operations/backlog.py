"""What waits to be done, and what could not be: one query for each kind of row.

What there may be much of is counted through partial indexes, so that a look costs what
waits and not what was ever done.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db.models import Count, Min, Model, Q
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from promoter.accounts.jobs import Job
from promoter.webhooks.models import Delivery
from segment_ingest.models import SegmentMessage
from surveys.models import SurveyEmail
from surveys.small_mails import SmallMail

FAILED_WITHIN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Queue:
    """One kind of work: how much of it could be done now, since when, and what failed.

    `key` names it in metrics. `held` waits for a person, as for one whose sender is
    refused. `patience`: what is older than that is late. `failed`: within the last day,
    or, of survey mails, until somebody looked; `unclear` may have left.
    """

    key: str
    name: str
    address: str
    now: datetime
    due: int
    oldest_at: datetime | None
    patience: timedelta
    held: int = 0
    failed: int = 0
    unclear: int = 0

    @property
    def age(self) -> timedelta:
        """Of the oldest that could be done now."""
        return (
            max(timedelta(0), self.now - self.oldest_at) if self.oldest_at else timedelta(0)
        )

    @property
    def is_late(self) -> bool:
        return self.age > self.patience


def queues(*, now: datetime) -> list[Queue]:
    """All kinds of work, in the order in which it comes to them."""
    return [
        _inbox(now),
        _survey_mails(now),
        *(_small_mails(model, now) for model in kinds_of(SmallMail)),
        _webhooks(now),
        *(_jobs(model, now) for model in kinds_of(Job)),
    ]


def kinds_of(base: type[Model]) -> list[type[Model]]:
    """The models that are one; a new one is watched from its first day."""
    return [model for model in apps.get_models() if issubclass(model, base)]


def _address(model: type[Model]) -> str:
    """The admin's list of its rows."""
    meta = model._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")


def _inbox(now: datetime) -> Queue:
    Verdict = SegmentMessage.Verdict
    waiting = SegmentMessage.objects.filter(verdict=Verdict.PENDING).aggregate(
        due=Count("pk"), oldest=Min("received_at")
    )
    failed = SegmentMessage.objects.filter(
        verdict=Verdict.FAILED, received_at__gte=now - FAILED_WITHIN
    )
    return Queue(
        key="inbox",
        name=_("Events to be processed"),
        address=_address(SegmentMessage),
        now=now,
        due=waiting["due"],
        oldest_at=waiting["oldest"],
        patience=timedelta(minutes=2),
        failed=failed.count(),
    )


def _survey_mails(now: datetime) -> Queue:
    Status = SurveyEmail.Status
    held = Q(account__sending_paused_at__isnull=False)
    due = SurveyEmail.objects.due(now=now).aggregate(
        due=Count("pk", filter=~held),
        held=Count("pk", filter=held),
        oldest=Min("due_at", filter=~held),
    )
    unsettled = SurveyEmail.objects.unsettled().aggregate(
        failed=Count("pk", filter=Q(status=Status.FAILED)),
        unclear=Count("pk", filter=Q(status=Status.UNCERTAIN)),
    )
    return Queue(
        key="survey_mails",
        name=_("Survey mails to be sent"),
        address=_address(SurveyEmail),
        now=now,
        due=due["due"],
        oldest_at=due["oldest"],
        # An account's own limit of mails a minute may hold it up for a while.
        patience=timedelta(minutes=15),
        held=due["held"],
        **unsettled,
    )


def _small_mails(model: type[Any], now: datetime) -> Queue:
    Status = SmallMail.Status
    due = Q(status=Status.WAITING, due_at__lte=now)
    recent = Q(due_at__gte=now - FAILED_WITHIN)
    found = model._default_manager.filter(
        due | recent & Q(status__in=[Status.FAILED, Status.UNCERTAIN])
    ).aggregate(
        due=Count("pk", filter=due),
        oldest_at=Min("due_at", filter=due),
        failed=Count("pk", filter=Q(status=Status.FAILED)),
        unclear=Count("pk", filter=Q(status=Status.UNCERTAIN)),
    )
    return Queue(
        key=_key(model),
        name=capfirst(model._meta.verbose_name_plural),
        address=_address(model),
        now=now,
        patience=timedelta(minutes=5),
        **found,
    )


def _webhooks(now: datetime) -> Queue:
    Status = Delivery.Status
    due = Delivery.objects.due(now=now).aggregate(due=Count("pk"), oldest_at=Min("due_at"))
    failed = Delivery.objects.finished().filter(
        status=Status.FAILED, finished_at__gte=now - FAILED_WITHIN
    )
    return Queue(
        key="webhooks",
        name=_("Webhooks to be told"),
        address=_address(Delivery),
        now=now,
        patience=timedelta(minutes=5),
        failed=failed.count(),
        **due,
    )


def _jobs(model: type[Any], now: datetime) -> Queue:
    waits = Q(status=model.WAITS)
    since = "created_at" if model.TURN[0] == "pk" else model.TURN[0]
    failed = Q(status="failed", finished_at__gte=now - FAILED_WITHIN)
    found = model._default_manager.filter(waits | failed).aggregate(
        due=Count("pk", filter=waits),
        oldest_at=Min(since, filter=waits),
        failed=Count("pk", filter=failed),
    )
    return Queue(
        key=_key(model),
        name=capfirst(model._meta.verbose_name_plural),
        address=_address(model),
        now=now,
        # A large one before it is worked at in turns.
        patience=timedelta(minutes=15),
        **found,
    )


def _key(model: type[Model]) -> str:
    return str(model._meta.verbose_name_plural).replace(" ", "_")
