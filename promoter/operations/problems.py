"""What is wrong with an installation that runs: a sentence each, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.models import Campaign
from promoter.accounts.models import Account
from promoter.operations.backlog import Queue, queues
from promoter.operations.models import TaskRun, Worker
from promoter.operations.signs import Entry, entries, in_words, silences
from segment_ingest.models import DailyUsage
from segment_ingest.quota import utc_day

# Of accounts and campaigns, more are one click away.
MOST = 10
WRONG: Literal["wrong"] = "wrong"
LOOK: Literal["look"] = "look"


@dataclass(frozen=True, slots=True)
class Problem:
    """`wrong`: something doesn't get done; `look`: somebody should have a look."""

    level: Literal["wrong", "look"]
    what: str
    advice: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """An installation at one moment, as its database knows it."""

    now: datetime
    workers: list[Worker]
    runs: list[TaskRun]
    entries: list[Entry]
    queues: list[Queue]
    quotas: list[DailyUsage]
    problems: list[Problem]


def state(*, now: datetime) -> State:
    """All of it, in a number of queries that is the same however much there is."""
    workers, runs = list(Worker.objects.all()), list(TaskRun.objects.all())
    table, waiting = entries(runs=runs, now=now), queues(now=now)
    quotas = _nearly_used(now)
    problems = [
        *(Problem(WRONG, *_halves(text)) for text in _silent(workers, runs, now)),
        *_of_queues(waiting),
        *_of_accounts(),
        *_of_entries(table),
        *_of_quotas(quotas),
        *_of_campaigns(),
    ]
    problems.sort(key=lambda each: each.level != WRONG)
    return State(now, workers, runs, table, waiting, quotas, problems)


def _silent(workers: list[Worker], runs: list[TaskRun], now: datetime) -> list[str]:
    return list(silences(workers=workers, runs=runs, now=now).values())


def _halves(text: str) -> tuple[str, str]:
    """What is wrong, and what to do about it: two sentences, or more."""
    what, _dot, advice = text.partition(". ")
    return f"{what}.", advice


def _of_queues(waiting: list[Queue]) -> Iterator[Problem]:
    for queue in waiting:
        if queue.is_late:
            yield Problem(
                WRONG,
                _("%(name)s: %(due)s wait, the oldest for %(age)s.")
                % {"name": queue.name, "due": queue.due, "age": in_words(queue.age)},
                _(
                    "If workers are at work, start more of them, and look into their log "
                    "for what holds them up."
                ),
                queue.address,
            )
        if queue.failed:
            text = ngettext(
                "%(name)s: %(n)s has failed.", "%(name)s: %(n)s have failed.", queue.failed
            )
            yield Problem(
                LOOK,
                text % {"name": queue.name, "n": queue.failed},
                _("The list says why of each. Most can be tried again by their people."),
                queue.address,
            )
        if queue.unclear:
            text = ngettext(
                "%(name)s: %(n)s may have left, or not.",
                "%(name)s: %(n)s may have left, or not.",
                queue.unclear,
            )
            yield Problem(
                LOOK,
                text % {"name": queue.name, "n": queue.unclear},
                _(
                    "A worker or the mail server stopped in the middle. They are not sent "
                    "again by themselves; the account’s people decide on their Mail page."
                ),
                queue.address,
            )


def _of_accounts() -> Iterator[Problem]:
    refused = Account.objects.filter(sending_paused_at__isnull=False)
    for account in refused.order_by("sending_paused_at")[:MOST]:
        yield Problem(
            WRONG,
            _("%(account)s: no survey mail leaves. The mail server said: %(words)s")
            % {"account": account.name, "words": account.sending_paused_because},
            _(
                "Mend the sender or the sign-in at the mail server. One mail tries again "
                "every hour; an owner may press Try again sooner."
            ),
            reverse("admin:accounts_account_change", args=[account.pk]),
        )


def _of_entries(table: list[Entry]) -> Iterator[Problem]:
    address = reverse("admin:operations_taskrun_changelist")
    for entry in table:
        if entry.has_failed and entry.run is not None:
            yield Problem(
                WRONG,
                _("“%(entry)s” has failed: %(error)s.")
                % {"entry": entry.name, "error": entry.run.error},
                _("The worker’s log has the whole story. It is tried again by itself."),
                address,
            )
        elif entry.is_late:
            yield Problem(
                WRONG,
                _("“%(entry)s” has not been done for %(age)s.")
                % {"entry": entry.name, "age": in_words(entry.age)},
                _(
                    "Look whether the entry is switched off in the admin’s periodic tasks, "
                    "and whether the workers have a hand free."
                ),
                address,
            )


def _nearly_used(now: datetime) -> list[DailyUsage]:
    limit = F("account__daily_event_limit")
    nearly = DailyUsage.objects.filter(
        day=utc_day(now),
        account__daily_event_limit__gt=0,
        # Whole numbers: 80 % rounded up, without a product that could overflow.
        accepted__gte=limit - limit / 5,
    )
    return list(nearly.select_related("account").order_by("-accepted")[:MOST])


def _of_quotas(quotas: list[DailyUsage]) -> Iterator[Problem]:
    for usage in quotas:
        account = usage.account
        yield Problem(
            LOOK,
            _("%(account)s: %(used)s of today’s %(limit)s events are used.")
            % {
                "account": account.name,
                "used": usage.accepted,
                "limit": account.daily_event_limit,
            },
            _(
                "Beyond the limit events are answered 429 until 00:00 UTC. Its owners have "
                "been told; you may raise its limit."
            ),
            reverse("admin:accounts_account_change", args=[account.pk]),
        )


def _of_campaigns() -> Iterator[Problem]:
    paused = Campaign.objects.filter(status=Campaign.Status.PAUSED).exclude(
        paused_because=""
    )
    for campaign in paused.select_related("account").order_by("-pk")[:MOST]:
        yield Problem(
            LOOK,
            _("%(account)s: the campaign “%(campaign)s” has paused itself.")
            % {"account": campaign.account.name, "campaign": campaign.name},
            _("Its owners have been told and decide whether it goes on."),
            reverse("admin:campaigns_campaign_change", args=[campaign.pk]),
        )
