"""Plausible answers of two years by the million, to see how reports bear them.

The database makes them in a handful of statements: the number behind a row is its dice.
A mail exists only where it was undeliverable: reports look at no other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import Max, Model

from campaigns.models import Campaign
from contacts.catalogue import note_attributes
from contacts.models import Contact
from promoter.accounts.models import Account
from surveys.daily_sums.rolling_up import report_by, roll_up, start_anew
from surveys.models import Case, Response, Survey, SurveyEmail
from surveys.seeding import sql, words
from surveys.seeding.unindexed import unindexed

YEARS, MONTH = timedelta(days=730), timedelta(days=30)
MOST_CONTACTS = 300_000
ANSWERS_OF_ONE = 4
CONTACTS_OF_COMPANY = 20
LONGEST_WAIT = timedelta(hours=60)
# Of all surveys, and of a hundred that nobody answered.
ANSWERED, BOUNCED = 0.6, 7
PART = 500_000
"""Surveys of one statement: bounds what PostgreSQL keeps in mind until its end."""
SUMMED_UP = ("plan", "country")
FILLED: tuple[type[Model], ...] = (Contact, Survey, Response, Case, SurveyEmail)

SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class _Seed:
    """One run. Each kind of row is numbered from an id that is free."""

    account: Account
    campaigns: Sequence[int]
    count: int
    now: datetime
    seed: int
    first: dict[type[Model], int]

    @property
    def asked(self) -> int:
        return int(self.count / ANSWERED)

    @property
    def contacts(self) -> int:
        return min(MOST_CONTACTS, max(1, self.count // ANSWERS_OF_ONE))

    def roll(self, number: str, name: str, faces: int) -> str:
        return sql.roll(number, f"{self.seed} {name}", faces)

    def instant(self, seconds: str) -> str:
        """SQL of so many seconds after the beginning."""
        return sql.instant(self.now - YEARS, seconds)

    def seconds(self, number: str) -> str:
        """SQL of when the survey of this number was answered, since the run's beginning."""
        step = (YEARS - timedelta(minutes=1)) / SECOND / self.asked
        return f"({number} * {step:.9f})"


def seed_responses(*, account: Account, count: int, now: datetime, seed: int = 1) -> None:
    """Add so many answers, the surveys behind them and those that nobody answered, then
    sum everything up. The same seed makes the same answers. The account has campaigns."""
    campaigns = list(
        Campaign.objects.filter(account=account).order_by("pk").values_list("pk", flat=True)
    )
    first = {model: _free_id(model) for model in FILLED}
    run = _Seed(account, campaigns, count, now, seed, first)
    with transaction.atomic():
        _take_as_long_as_needed()
        with unindexed(FILLED):
            _insert_contacts(run)
            _plan_surveys(run)
            for start in range(0, run.asked, PART):
                _insert_surveys(run, f"n >= {start} AND n < {start + PART}")
        sql.run("DROP TABLE seeding")
        for model in FILLED:
            sql.run(f"ANALYZE {model._meta.db_table}")
        one = Contact.objects.get(pk=first[Contact])
        note_attributes(account=account, values=one.attributes, now=now)
        _reset_sequences()
    for key in SUMMED_UP:
        report_by(account=account, key=key)
    start_anew(account=account)
    while roll_up(account=account, now=now):
        pass


def _insert_contacts(run: _Seed) -> None:
    companies = max(1, run.contacts // CONTACTS_OF_COMPANY)
    trial = run.roll("n", "trial", 100)
    text = " || ".join(
        [
            """'{"plan": "'""",
            sql.by_weight(run.roll("n", "plan", 100), words.PLANS),
            """'", "country": "'""",
            sql.by_weight(run.roll("n", "country", 100), words.COUNTRIES),
            """'", "seats": '""",
            sql.one_of(run.roll("n", "seats", len(words.SEATS)), words.SEATS),
            """', "trial": '""",
            f"CASE WHEN {trial} < {words.TRIALS} THEN 'true' ELSE 'false' END",
            """', "company": "Company '""",
            f"CAST({run.roll('n', 'company', companies)} AS text)",
            """'"}'""",
        ]
    )
    pk = f"({run.first[Contact]} + n)"
    name = f"'seeded-' || {pk}"
    at = run.instant("0")
    sql.insert(
        Contact,
        {
            **{"id": pk, "account_id": str(run.account.pk), "user_id": name},
            **{"email": f"'seeded' || {pk} || '@example.com'", "address_digest": name},
            **{"first_name": "''", "last_name": "''", "attributes": sql.json(text)},
            **dict.fromkeys(
                ("attribute_times", "attribute_sources", "column_times"), "'{}'"
            ),
            **{"created_at": at, "updated_at": at},
        },
        sql.numbers(run.contacts),
    )


def _plan_surveys(run: _Seed) -> None:
    """Whom each survey asks, the number of its answer if it has one, and the survey that
    the same person answers next."""
    share = f"{run.count} / {run.asked}"
    answer = f"n * {share}"
    is_answered = f"(n + 1) * {share} > {answer}"
    sql.run(f"""
        CREATE TEMPORARY TABLE seeding AS
        SELECT n, contact, answer, CASE WHEN answer IS NOT NULL THEN
               LEAD(n) OVER (PARTITION BY contact, answer IS NULL ORDER BY n) END AS next
          FROM (SELECT n, {run.first[Contact]} + {run.roll("n", "contact", run.contacts)}
                          AS contact,
                       CASE WHEN {is_answered} THEN {answer} END AS answer
                  FROM {sql.numbers(run.asked)}) AS each_one
         ORDER BY n
    """)  # noqa: S608 - ours
    sql.run("CREATE INDEX seeding_n ON seeding (n)")


def _insert_surveys(run: _Seed, part: str) -> None:
    """Those of one part with their answers, cases and undeliverable mails."""
    source = f"""
        (SELECT seeding.*, attributes, {_band(run)} AS band FROM seeding
         JOIN {Contact._meta.db_table} ON id = contact WHERE {part} ORDER BY n) AS planned
    """  # noqa: S608 - ours
    wait = run.roll("n", "wait", 1_000)
    # Most answer soon.
    waited = f"{wait} * {wait} * {wait} * {int(LONGEST_WAIT / SECOND)} / 1000000000"
    asked_at = run.instant(f"({run.seconds('n')} - ({waited}))")
    campaign = sql.one_of(run.roll("n", "campaign", len(run.campaigns)), run.campaigns)
    ours = {"account_id": str(run.account.pk)}
    survey = f"{run.first[Survey]} + n"
    asked = {"campaign_id": f"CAST({campaign} AS bigint)", "contact_id": "contact"}
    asked |= {"attributes": "attributes"}
    sql.insert(
        Survey,
        {
            **({"id": survey} | ours | asked),
            **{"trigger_id": f"'seeded-' || ({survey})", "skip_reason": "''"},
            **{"address_digest": "'seeded-' || contact"},
            **dict.fromkeys(("triggered_at", "due_at", "asked_at"), asked_at),
        },
        source,
    )
    _insert_answers(run, ours | asked | {"survey_id": survey}, source)
    bounced = f"answer IS NULL AND {run.roll('n', 'bounced', 100)} < {BOUNCED}"
    sql.insert(
        SurveyEmail,
        {
            **({"id": f"{run.first[SurveyEmail]} + n", "survey_id": survey} | ours),
            **{"kind": f"'{SurveyEmail.Kind.INVITATION}'", "attempt": "1"},
            **{"status": f"'{SurveyEmail.Status.SENT}'"},
            **{"email_message_id": "'<seeded-' || n || '@localhost>'"},
            **{"outcome": f"'{SurveyEmail.Outcome.BOUNCED}'"},
            **dict.fromkeys(("due_at", "sent_at", "outcome_at"), asked_at),
            **dict.fromkeys(("provider_message_id", "outcome_detail", "error"), "''"),
        },
        f"{source} WHERE {bounced}",
    )


def _insert_answers(run: _Seed, asked: dict[str, str], source: str) -> None:
    """The answers to those that have one, and their cases: open for a month."""
    pk, at = f"{run.first[Response]} + answer", run.instant(run.seconds("n"))
    next_at, month = run.instant(run.seconds("next")), int(MONTH / SECOND)
    closed = f"({run.seconds('n')} + {month})"
    writes = f"{run.roll('n', 'writes', 100)} < {words.COMMENTED}"
    comment = _by_band(run, "comment", words.COMMENTS)
    sql.insert(
        Response,
        {
            **({"id": pk, "responded_at": at, "updated_at": at} | asked),
            **{"score": _by_band(run, "score", words.SCORES)},
            **{"comment": f"CASE WHEN {writes} THEN {comment} ELSE '' END"},
            **{"superseded_at": f"CASE WHEN next IS NOT NULL THEN {next_at} END"},
        },
        f"{source} WHERE answer IS NOT NULL",
    )
    sql.insert(
        Case,
        {
            **{"response_id": pk, "account_id": asked["account_id"], "responded_at": at},
            "closed_at": f"CASE WHEN {closed} < {int(YEARS / SECOND)} "
            f"THEN {run.instant(closed)} END",
        },
        f"{source} WHERE answer IS NOT NULL",
    )


def _band(run: _Seed) -> str:
    """SQL of 0 for a promoter, 1 for a passive, 2 for a detractor, by the plan."""
    plan, roll = sql.text_at("attributes", "plan"), run.roll("n", "band", 100)
    cases = " ".join(
        f"WHEN '{name}' THEN CASE WHEN {roll} < {promoters} THEN 0 "
        f"WHEN {roll} < {promoters + passives} THEN 1 ELSE 2 END"
        for name, (promoters, passives, _) in words.BANDS_OF.items()
    )
    return f"CASE {plan} {cases} END"


def _by_band(run: _Seed, name: str, choices: Sequence[Sequence[object]]) -> str:
    """SQL of one of the band's own choices."""
    whens = " ".join(
        f"WHEN {band} THEN {sql.one_of(run.roll('n', f'{name} {band}', len(each)), each)}"
        for band, each in enumerate(choices)
    )
    return f"CASE band {whens} END"


def _free_id(model: type[Model]) -> int:
    latest = model._default_manager.aggregate(latest=Max("pk"))["latest"]
    return int(latest or 0) + 1


def _take_as_long_as_needed() -> None:
    """Pages and workers give up on a statement that takes too long; one of a million rows
    does by its nature. Keys are looked at after each, so that none has to remember more
    than its own rows. Until the transaction ends; PostgreSQL only."""
    if sql.is_postgresql():
        sql.run("SET LOCAL statement_timeout = 0")
        sql.run("SET LOCAL work_mem = '256MB'")
        sql.run("SET LOCAL maintenance_work_mem = '512MB'")
        sql.run("SET CONSTRAINTS ALL IMMEDIATE")


def _reset_sequences() -> None:
    models = [Contact, Survey, Response, SurveyEmail]
    for each in connection.ops.sequence_reset_sql(no_style(), models):
        sql.run(each)
