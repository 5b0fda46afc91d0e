"""The statements of a round of mails, by hand: each is run for every few mails, and to
compile them took longer than to run them. What they promise stands in settling.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from surveys.models import SurveyEmail

Status = SurveyEmail.Status

LOCK = """
    SELECT mail.id, mail.attempt, mail.status, campaign.status
    FROM surveys_surveyemail mail
    JOIN surveys_survey survey ON survey.id = mail.survey_id
    JOIN campaigns_campaign campaign ON campaign.id = survey.campaign_id
    WHERE mail.id IN ({ids})
    ORDER BY mail.id
"""
HANDED_OFF = """
    UPDATE surveys_surveyemail
    SET status = %s, lease_until = %s, template_version_id = %s
    WHERE id IN ({ids}) AND status = %s
"""
SENT = """
    UPDATE surveys_surveyemail
    SET status = %s, sent_at = %s, provider_message_id = %s, error = '',
        lease_until = NULL, failing_since = NULL, repeating_since = NULL
    WHERE id IN ({ids}) AND status IN (%s, %s, %s)
"""
ASKED = "UPDATE surveys_survey SET asked_at = %s WHERE id IN ({ids}) AND asked_at IS NULL"
# What a mail may have been called while its server was saying yes.
TAKEN_FROM = (Status.HANDOFF, Status.UNCERTAIN, Status.SCHEDULED)


class Row(NamedTuple):
    """A mail as it stands; nobody else changes it before our commit."""

    pk: int
    attempt: int
    status: str
    campaign: str
    """Its campaign's status, of just now."""


def lock(mails: Sequence[int]) -> dict[int, Row]:
    """In one order, as the sweep: else the two could wait for each other's rows."""
    # SQLite has no row locks and needs none, its transactions are IMMEDIATE.
    locking = " FOR NO KEY UPDATE OF mail" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(_for(LOCK, mails) + locking, mails)
        return {row[0]: Row(*row) for row in cursor.fetchall()}


def set_handed_off(
    mails: Sequence[int], *, lease_until: datetime, version: int | None
) -> None:
    values = [Status.HANDOFF.value, lease_until, version]
    _write(HANDED_OFF, mails, values, [Status.SENDING.value])


def set_sent(mails: Sequence[int], *, at: datetime, provider_message_id: str) -> None:
    values = [Status.SENT.value, at, provider_message_id]
    _write(SENT, mails, values, [each.value for each in TAKEN_FROM])


def set_asked(surveys: Sequence[int], *, at: datetime) -> None:
    """Unless they were asked before."""
    _write(ASKED, surveys, [at])


def _write(
    statement: str, ids: Sequence[int], before: Sequence[Any], after: Sequence[Any] = ()
) -> None:
    values = [
        connection.ops.adapt_datetimefield_value(value)
        if isinstance(value, datetime)
        else value
        for value in before
    ]
    with connection.cursor() as cursor:
        cursor.execute(_for(statement, ids), [*values, *ids, *after])


def _for(statement: str, ids: Sequence[int]) -> str:
    return statement.format(ids=", ".join(["%s"] * len(ids)))
