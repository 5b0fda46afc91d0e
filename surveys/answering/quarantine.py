"""Take an answer that came by a survey's page: as an answer, or into quarantine.

A quarantined answer is in no figure, stops no reminder and is told to nobody. A person of
the team may take it after all, and the respondent's own later answer replaces it.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from surveys.answering.superseding import keep_latest
from surveys.answering.suspicion import AT_ONCE, RECENT, Visit, suspicion
from surveys.daily_sums.rolling_up import mark_changed
from surveys.models import (
    LinkVisit,
    Response,
    ResponseChange,
    Survey,
    SurveyEmail,
    SuspectAnswer,
)
from surveys.responding import (
    ANSWERED,
    PersonErased,
    clean_comment,
    record_response,
)
from surveys.telling import tell_response, tell_response_deleted

log = logging.getLogger(__name__)
Status = SuspectAnswer.Status


def receive_answer(*, survey: Survey, score: int, comment: str, now: datetime) -> bool:
    """Record the answer, or put it into quarantine; whether it counts.

    Raises what record_response raises.
    """
    with transaction.atomic():
        # Of two answers at once the second sees what became of the first.
        survey = (
            Survey.objects.select_for_update(of=("self",), no_key=True)
            .select_related("contact", "account")
            .get(pk=survey.pk)
        )
        reason = _judge(survey, now)
        if reason is None:
            response = record_response(survey=survey, score=score, comment=comment, now=now)
            _replace(survey, response, now)
            return True
        if survey.contact is None:
            raise PersonErased
        _withdraw_fresh_response(survey, reason, now)
        _hold(survey, score, clean_comment(comment), reason, now)
    log.warning("An answer to survey %s is in quarantine: %s", survey.pk, reason)
    return False


def take(*, suspect: SuspectAnswer, now: datetime) -> bool:
    """Count it as the answer it may be, given when it was given. False, and it doesn't
    count, when the person has answered themselves, which replaces it; or when somebody has
    settled it meanwhile, unless it was dropped. Raises PersonErased."""
    with transaction.atomic():
        # An answer that comes at this moment is seen below, or finds this one.
        Survey.objects.select_for_update(no_key=True).get(pk=suspect.survey_id)
        answered = Response.objects.filter(survey=suspect.survey_id).exists()
        ours = SuspectAnswer.objects.filter(
            pk=suspect.pk, status__in=[Status.WAITING, Status.DROPPED]
        ).update(status=Status.REPLACED if answered else Status.TAKEN, settled_at=now)
        if ours and not answered:
            record_response(
                survey=suspect.survey,
                score=suspect.score,
                comment=suspect.comment,
                now=suspect.answered_at,
            )
            # What it recorded as of today is of the day of the answer.
            mark_changed(
                account=suspect.account,
                at=[suspect.answered_at],
                asked_at=[suspect.survey.asked_at],
                now=now,
            )
    return bool(ours) and not answered


def drop(*, suspect: SuspectAnswer, now: datetime) -> bool:
    """A machine's it was. It stays in the list, and may be taken later. False when
    somebody has settled it meanwhile."""
    waiting = SuspectAnswer.objects.filter(pk=suspect.pk, status=Status.WAITING)
    return bool(waiting.update(status=Status.DROPPED, settled_at=now))


def _judge(survey: Survey, now: datetime) -> SuspectAnswer.Reason | None:
    rows = LinkVisit.objects.filter(survey=survey, visited_at__gte=now - RECENT)
    return suspicion(
        visits=[Visit(row.visited_at, row.score, row.is_trap) for row in rows],
        answered_at=now,
        asked_at=survey.asked_at,
        fastest=timedelta(seconds=settings.SURVEY_FASTEST_ANSWER_SECONDS),
    )


def _replace(survey: Survey, response: Response, now: datetime) -> None:
    """The person's own answer stands for what waited. Words that waited were a person's
    too, and stay beside the first answer as what it said before."""
    waiting = survey.suspect_answers.filter(status=Status.WAITING)
    held = waiting.first()
    if held is None:
        return
    waiting.update(status=Status.REPLACED, settled_at=now)
    is_first = response.responded_at == now
    if is_first and held.comment not in {"", response.comment}:
        ResponseChange.objects.create(
            account_id=survey.account_id,
            response=response,
            score=held.score,
            comment=held.comment,
            changed_at=now,
        )


def _hold(
    survey: Survey,
    score: int,
    comment: str,
    reason: SuspectAnswer.Reason,
    now: datetime,
) -> None:
    """One waits for each survey: a scanner presses eleven buttons, and no words of a
    person away."""
    said = {
        "account_id": survey.account_id,
        "score": score,
        "reason": reason,
        "answered_at": now,
    }
    if comment:
        said["comment"] = comment
    SuspectAnswer.objects.update_or_create(
        survey=survey, status=Status.WAITING, defaults=said
    )


def _withdraw_fresh_response(
    survey: Survey, reason: SuspectAnswer.Reason, now: datetime
) -> None:
    """What the same scanner had pressed before it was seen through. Other systems were told
    of it already, so they are told what holds in its place."""
    response = Response.objects.filter(survey=survey).select_for_update().first()
    if response is None:
        return
    overwritten = response.changes.filter(changed_at__gt=now - RECENT)
    before = overwritten.order_by("pk").first()
    if before is not None and response.responded_at <= now - RECENT:
        # An answer of long ago, which the same presses have changed: as it was.
        response.score, response.comment = before.score, before.comment
        response.updated_at = now
        response.save(update_fields=["score", "comment", "updated_at"])
        overwritten.delete()
        tell_response(response, survey=survey, created=False)
        mark_changed(account=survey.account, at=[response.responded_at], now=now)
        return
    # Machines write no comments and take seconds: another's answer of a moment ago stays.
    if response.comment or response.updated_at <= now - AT_ONCE:
        return
    if response.responded_at <= now - RECENT:
        return
    tell_response_deleted(response, survey=survey, now=now)
    response.delete()
    mark_changed(
        account=survey.account,
        at=[response.responded_at],
        asked_at=[survey.asked_at],
        now=now,
    )
    if survey.contact is not None:
        keep_latest(contact=survey.contact, now=now)
    SurveyEmail.objects.filter(
        survey=survey,
        kind=SurveyEmail.Kind.REMINDER,
        status=SurveyEmail.Status.CANCELLED,
        error=ANSWERED,
    ).update(status=SurveyEmail.Status.SCHEDULED, error="")
