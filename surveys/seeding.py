"""Plausible answers of two years by the million, to see how reports bear them.

Written straight into the tables, the newest first, so that each answer knows the one
that supersedes it. A mail exists only where it was undeliverable: reports look at no other.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import Max, Model

from campaigns.models import Campaign
from contacts.catalogue import note_attributes
from contacts.models import Contact
from promoter.accounts.models import Account
from surveys.models import Case, Response, Survey, SurveyEmail
from surveys.rolling_up import report_by, roll_up, start_anew

YEARS, MONTH = timedelta(days=730), timedelta(days=30)
MOST_CONTACTS = 300_000
ANSWERS_OF_ONE = 4
# Of the surveys that went out, how many came back undeliverable, how many were answered.
BOUNCED, ANSWERED = 0.03, 0.6
PART = 20_000
SUMMED_UP = ("plan", "country")

PLANS = {"free": 45, "starter": 30, "pro": 18, "enterprise": 7}
COUNTRIES = {"US": 30, "DE": 18, "GB": 12, "FR": 9, "JP": 7, "BR": 6, "NL": 5}
COUNTRIES |= {"ES": 4, "PL": 3, "SE": 3, "TR": 2, "FI": 1}
# Promoters, passives, detractors of each plan in per cent.
BANDS_OF = {
    "free": (40, 30, 30),
    "starter": (46, 30, 24),
    "pro": (55, 28, 17),
    "enterprise": (50, 25, 25),
}
COMMENTS = {
    "promoter": (
        "Great support, quick answers",
        "Easy to set up and the reports are clear",
        "Schneller Support, klare Berichte",
        "Delivery was fast",
    ),
    "passive": (
        "Good, but the price went up",
        "The app is slow on my phone",
        "Reports are fine, setup was hard",
    ),
    "detractor": (
        "Support took three days to answer",
        "Too expensive for what it does",
        "The app crashes on my phone",
        "Delivery was late again",
    ),
}


@dataclass
class _Seed:
    """One run: its dice, its contacts, and when each of them answered next."""

    account: Account
    campaigns: Sequence[Campaign]
    count: int
    now: datetime
    dice: random.Random
    contacts: list[tuple[int, str, str]] = field(default_factory=list)
    next_answer: dict[int, datetime] = field(default_factory=dict)


def seed_responses(*, account: Account, count: int, now: datetime, seed: int = 1) -> None:
    """Add so many answers, the surveys behind them and those that nobody answered, then
    sum everything up. The same seed makes the same answers. The account has campaigns."""
    campaigns = list(Campaign.objects.filter(account=account).order_by("pk"))
    dice = random.Random(seed)  # noqa: S311 - nobody has to be kept from guessing
    run = _Seed(account, campaigns, count, now, dice)
    with transaction.atomic():
        _take_as_long_as_needed()
        _insert(Contact, _contacts(run, _free_id(Contact)))
        _insert_answers(run)
        note_attributes(account=account, values=json.loads(run.contacts[0][1]), now=now)
        _reset_sequences()
    for key in SUMMED_UP:
        report_by(account=account, key=key)
    start_anew(account=account)
    while roll_up(account=account, now=now):
        pass


COLUMNS: dict[type[Model], str] = {
    Contact: """
        id account_id user_id email address_digest first_name last_name attributes
        attribute_times attribute_sources column_times created_at updated_at
    """,
    Survey: """
        id account_id campaign_id contact_id trigger_id attributes address_digest
        triggered_at due_at asked_at skip_reason
    """,
    Response: """
        id account_id campaign_id survey_id contact_id score comment attributes
        responded_at updated_at superseded_at
    """,
    Case: """
        response_id account_id responded_at closed_at
    """,
    SurveyEmail: """
        id account_id survey_id kind status due_at attempt email_message_id
        provider_message_id sent_at outcome outcome_at outcome_detail error
    """,
}


def _contacts(run: _Seed, first: int) -> Iterator[tuple[Any, ...]]:
    """Asks the database nothing: the connection is busy copying what comes from here."""
    dice = run.dice
    number = min(MOST_CONTACTS, max(1, run.count // ANSWERS_OF_ONE))
    for place in range(number):
        plan = _one(dice, PLANS)
        text = json.dumps(
            {
                "plan": plan,
                "country": _one(dice, COUNTRIES),
                "seats": dice.choice((1, 2, 3, 5, 10, 20, 50)),
                "trial": dice.random() < 0.2,
                "company": f"Company {dice.randrange(max(1, number // 20))}",
            }
        )
        run.contacts.append((first + place, text, plan))
        email, user = f"seeded{first + place}@example.com", f"seeded-{first + place}"
        at = run.now - YEARS
        yield (
            *(first + place, run.account.pk, user, email, f"seeded-{first + place}"),
            *("", "", text, "{}", "{}", "{}", at, at),
        )


def _insert_answers(run: _Seed) -> None:
    """Part by part, so that memory holds one part and the contacts."""
    asked = int(run.count / ANSWERED)
    survey, response, mail = _free_id(Survey), _free_id(Response), _free_id(SurveyEmail)
    made = _surveys(run, asked, survey, response, mail)
    while part := list(islice(made, PART)):
        _insert(Survey, (row for row, _, _ in part))
        _insert(Response, (row for _, row, _ in part if row))
        _insert(Case, (_case(run, row) for _, row, _ in part if row))
        _insert(SurveyEmail, (row for _, _, row in part if row))


def _case(run: _Seed, answer: tuple[Any, ...]) -> tuple[Any, ...]:
    """Open for a month, closed a month after the answer."""
    pk, at = answer[0], answer[8]
    return pk, run.account.pk, at, at + MONTH if at + MONTH < run.now else None


def _surveys(
    run: _Seed, asked: int, survey: int, response: int, mail: int
) -> Iterator[tuple[tuple[Any, ...], tuple[Any, ...] | None, tuple[Any, ...] | None]]:
    """From now back to two years ago: a survey, its answer if any, its mail if it came
    back."""
    dice, left = run.dice, run.count
    for place in range(asked):
        answered_at = run.now - YEARS * (place / asked) - timedelta(seconds=60)
        asked_at = answered_at - timedelta(hours=dice.expovariate(1 / 20))
        contact, text, plan = dice.choice(run.contacts)
        campaign = dice.choice(run.campaigns).pk
        pk = survey + place
        row = (
            *(pk, run.account.pk, campaign, contact, f"seeded-{pk}", text),
            *(f"seeded-{contact}", asked_at, asked_at, asked_at, ""),
        )
        answer = bounce = None
        if dice.random() < left / (asked - place):
            left -= 1
            score, comment = _said(dice, plan)
            answer = (
                *(response + left, run.account.pk, campaign, pk, contact, score, comment),
                *(text, answered_at, answered_at, run.next_answer.get(contact)),
            )
            run.next_answer[contact] = answered_at
        elif dice.random() < BOUNCED / (1 - ANSWERED):
            bounce = (
                *(mail + place, run.account.pk, pk, SurveyEmail.Kind.INVITATION.value),
                *(SurveyEmail.Status.SENT.value, asked_at, 1, f"<seeded-{pk}@localhost>"),
                *("", asked_at, SurveyEmail.Outcome.BOUNCED.value, asked_at, ""),
                "",
            )
        yield row, answer, bounce


def _said(dice: random.Random, plan: str) -> tuple[int, str]:
    name = dice.choices(("promoter", "passive", "detractor"), BANDS_OF[plan])[0]
    score = {
        "promoter": dice.choice((9, 10, 10)),
        "passive": dice.choice((7, 8, 8)),
        "detractor": dice.choice((0, 1, 2, 3, 3, 4, 5, 5, 6, 6, 6)),
    }[name]
    return score, dice.choice(COMMENTS[name]) if dice.random() < 0.3 else ""


def _one(dice: random.Random, weights: dict[str, int]) -> str:
    return dice.choices(list(weights), list(weights.values()))[0]


def _free_id(model: type[Model]) -> int:
    latest = model._default_manager.aggregate(latest=Max("pk"))["latest"]
    return int(latest or 0) + 1


def _insert(model: type[Model], rows: Iterator[tuple[Any, ...]]) -> None:
    """COPY on PostgreSQL, one prepared statement on SQLite."""
    columns = COLUMNS[model].split()
    table, names = model._meta.db_table, ", ".join(columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            places = ", ".join(["%s"] * len(columns))
            sql = f"INSERT INTO {table} ({names}) VALUES ({places})"  # noqa: S608 - ours
            plain = (tuple(map(_plain, row)) for row in rows)
            while part := list(islice(plain, PART)):
                cursor.executemany(sql, part)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return str(value.astimezone(UTC).replace(tzinfo=None))
    return value


def _take_as_long_as_needed() -> None:
    """Pages and workers give up on a statement that takes too long; a copy of a million
    rows does by its nature. Until the transaction ends; PostgreSQL only."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")


def _reset_sequences() -> None:
    models = [Contact, Survey, Response, SurveyEmail]
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(sql)
