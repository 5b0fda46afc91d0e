"""From waiting messages to contacts, surveys and verdicts: set-wise and in order.

One batch is one transaction under the account's lock, in the order of arrival, with a
fixed number of statements. Accounts take turns, a batch each. Run it as often as you
like, in as many processes: whoever comes second finds the lock taken or nothing waiting.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, islice

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from campaigns.lifecycle import mark_active
from campaigns.models import Campaign
from contacts.catalogue import note_attributes
from contacts.erasing import never_mail
from contacts.upsert import lock_contacts, save_contacts
from promoter.accounts.models import Account
from promoter.lib.logs import in_lines
from segment_ingest.detail_words import BROKE
from segment_ingest.erasing import erase_user
from segment_ingest.folding import Fold
from segment_ingest.holding import held_messages
from segment_ingest.models import SegmentMessage
from segment_ingest.outcomes import Outcome, settle
from segment_ingest.tombstones import erased_until
from surveys.models import Survey
from surveys.scheduling import schedule
from surveys.withdrawing import withdraw

log = logging.getLogger(__name__)
Verdict = SegmentMessage.Verdict
# Long enough to make statements cheap, short enough to hold SQLite's one writer briefly.
BATCH = 500


@dataclass(frozen=True, slots=True)
class Progress:
    """How many messages got their verdict, and whether mail is due because of it."""

    messages: int = 0
    mail_due: bool = False

    def __add__(self, other: Progress) -> Progress:
        return Progress(self.messages + other.messages, self.mail_due or other.mail_due)


def process_round(*, now: datetime, limit: int = BATCH) -> Progress:
    """One batch of each account that has messages waiting.

    One whose batch the database gives up on (a time-out, a lock) costs the others
    nothing: it waits for the next run. A database that is away raises.
    """
    waiting = SegmentMessage.objects.filter(account=OuterRef("pk"), verdict=Verdict.PENDING)
    accounts = Account.objects.filter(Exists(waiting)).order_by("pk")
    progress = Progress()
    for account_id in accounts.values_list("pk", flat=True):
        try:
            progress += process_account(account_id=account_id, now=now, limit=limit)
        except (OperationalError, InterfaceError):
            if not connection.is_usable():
                raise
            log.exception("The inbox of account %s has to wait", account_id)
    return progress


def process_account(*, account_id: int, now: datetime, limit: int = BATCH) -> Progress:
    """The account's oldest waiting messages, up to the limit.

    When the batch as a whole fails, its messages go one by one, and the one that fails
    alone gets the verdict `failed`: nothing blocks the inbox. A database that is away
    raises; everything waits for the next run.
    """
    try:
        return _batch(account_id, now, limit)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("A batch of Segment messages failed; taking them one by one")
    progress = Progress()
    for _ in range(limit):
        try:
            step = _batch(account_id, now, 1)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            log.exception("A Segment message failed")
            step = _fail_oldest(account_id, error, now)
        if not step.messages:
            break
        progress += step
    return progress


def _batch(account_id: int, now: datetime, limit: int) -> Progress:
    with transaction.atomic():
        account = _lock(account_id)
        if account is None:
            return Progress()
        messages = _next(account, limit)
        if not messages:
            return Progress()
        if messages[0].type == "delete":
            _erase(account, messages[0], now)
            return Progress(1)
        fold = _fold(account, messages, now)
        outcomes = fold.take_all(messages)
        if fold.changed:
            save_contacts(contacts=list(fold.changed.values()), now=now)
        note_attributes(account=account, values=fold.seen, now=now)
        never_mail(account=account, emails=fold.never_mail, now=now)
        surveys = schedule_outcomes(account, list(outcomes.values()), now)
        record(account, outcomes, surveys, now)
    _log(account, messages, outcomes)
    return Progress(len(messages), any(survey.due_at <= now for survey in surveys))


def _log(
    account: Account, messages: Sequence[SegmentMessage], outcomes: dict[int, Outcome]
) -> None:
    """What became of each; a few lines a batch."""
    alike: dict[str, list[str]] = defaultdict(list)
    for message in messages:
        if message.pk in outcomes:
            alike[outcomes[message.pk].verdict].append(message.message_id)
    for verdict, names in alike.items():
        for ids in in_lines(names):
            log.info("Segment messages %s: %s", verdict, ids, extra={"account": account.pk})


def _lock(account_id: int) -> Account | None:
    """The account, or None while another worker holds it (or it is gone).

    no_key: storing new messages only checks that the account exists and never waits for
    this lock. SQLite has no row locks and needs none, its transactions are IMMEDIATE.
    """
    return (
        Account.objects.select_for_update(skip_locked=True, no_key=True)
        .filter(pk=account_id)
        .first()
    )


def _waiting(account: Account) -> QuerySet[SegmentMessage]:
    return SegmentMessage.objects.filter(account=account, verdict=Verdict.PENDING).order_by(
        "id"
    )


def _next(account: Account, limit: int) -> list[SegmentMessage]:
    """The oldest that wait: a deletion alone, or what comes before the next one."""
    messages = list(_waiting(account)[:limit])
    deletions = (at for at, each in enumerate(messages) if each.type == "delete")
    return messages[: max(1, next(deletions, limit))]


def _erase(account: Account, message: SegmentMessage, now: datetime) -> None:
    SegmentMessage.objects.filter(pk=message.pk).update(
        verdict=Verdict.ERASED, processed_at=now
    )
    erase_user(account=account, user_id=message.user_id, at=message.timestamp, now=now)


def _fold(account: Account, messages: Sequence[SegmentMessage], now: datetime) -> Fold:
    user_ids = {message.user_id for message in messages if message.user_id}
    identified = {message.user_id for message in messages if message.type == "identify"}
    held = held_messages(account=account, user_ids=identified - {""})
    released = [message for each in held.values() for message in each]
    names = {each.event for each in (*messages, *released) if each.type == "track"}
    asking: dict[str, list[Campaign]] = defaultdict(list)
    cancelling: dict[str, list[Campaign]] = defaultdict(list)
    for campaign in (
        Campaign.objects.live()
        .filter(Q(event_name__in=names) | Q(cancel_event__in=names), account=account)
        .select_related("throttle", "account")
        .order_by("pk")
    ):
        asking[campaign.event_name].append(campaign)
        cancelling[campaign.cancel_event].append(campaign)
    return Fold(
        account=account,
        contacts=lock_contacts(account=account, user_ids=user_ids),
        campaigns=asking,
        cancels=cancelling,
        held=held,
        erased=erased_until(account=account, user_ids=user_ids),
        max_age=timedelta(hours=settings.SEGMENT_MAX_EVENT_AGE_HOURS),
        now=now,
    )


def schedule_outcomes(
    account: Account, outcomes: Sequence[Outcome], now: datetime
) -> list[Survey]:
    """Settle the outcomes that wait for a decision; the new surveys.

    Once for each phase, nearly always one: another one only begins when an event that
    withdraws is followed by one that triggers, for the same person in the same batch.
    """
    surveys: list[Survey] = []
    by_phase = sorted(outcomes, key=lambda outcome: outcome.phase)
    for _, phase in groupby(by_phase, key=lambda outcome: outcome.phase):
        step = list(phase)
        triggers = [each for outcome in step for each in outcome.triggers]
        decisions = schedule(account=account, triggers=triggers, now=now)
        settle(step, decisions)
        surveys += [each.survey for each in decisions if each.survey is not None]
        _withdraw(account, step, now)
    _mark_active(account, outcomes, now)
    return surveys


def _withdraw(account: Account, outcomes: Sequence[Outcome], now: datetime) -> None:
    withdrawals = [each for outcome in outcomes for each in outcome.withdrawals]
    withdrawn = iter(withdraw(account=account, withdrawals=withdrawals, now=now))
    for outcome in outcomes:
        if outcome.withdrawals:
            outcome.settle_withdrawals(list(islice(withdrawn, len(outcome.withdrawals))))


def _mark_active(account: Account, outcomes: Sequence[Outcome], now: datetime) -> None:
    """Throttled or not in the sample, an event of a known contact has come through."""
    matched = [each.campaign for outcome in outcomes for each in outcome.triggers]
    matched += [
        each.campaign
        for outcome in outcomes
        for each in outcome.answers
        if each.verdict == Verdict.SAMPLED_OUT
    ]
    ready = {each.pk for each in matched if each.status == Campaign.Status.READY}
    if ready:
        mark_active(account=account, campaign_ids=ready, now=now)


def record(
    account: Account,
    outcomes: dict[int, Outcome],
    surveys: Sequence[Survey],
    now: datetime,
) -> None:
    """One statement for each different verdict and detail, one for the links."""
    alike: dict[tuple[str, str, int], list[int]] = defaultdict(list)
    for pk, outcome in outcomes.items():
        alike[outcome.verdict, outcome.detail[:300], outcome.hold_hours].append(pk)
    for (verdict, detail, hours), pks in alike.items():
        SegmentMessage.objects.filter(pk__in=pks).update(
            verdict=verdict,
            detail=detail,
            processed_at=now,
            held_until=F("received_at") + timedelta(hours=hours) if hours else None,
        )
    too_late = [pk for pk, outcome in outcomes.items() if outcome.is_too_late]
    if too_late:
        SegmentMessage.objects.filter(pk__in=too_late).update(body=None, user_id="")
    if not surveys:
        return
    survey = Survey.objects.filter(
        campaign__in={each.campaign_id for each in surveys},
        trigger_id=OuterRef("message_id"),
    ).order_by("pk")
    SegmentMessage.objects.filter(
        account=account, message_id__in={each.trigger_id for each in surveys}
    ).update(survey_id=Subquery(survey.values("pk")[:1]))


def _fail_oldest(account_id: int, error: Exception, now: datetime) -> Progress:
    with transaction.atomic():
        account = _lock(account_id)
        oldest = list(_waiting(account)[:1]) if account is not None else []
        for message in oldest:
            message.verdict = Verdict.FAILED
            message.detail = BROKE % {"error": type(error).__name__}
            message.processed_at = now
            message.save(update_fields=["verdict", "detail", "processed_at"])
    return Progress(len(oldest))
