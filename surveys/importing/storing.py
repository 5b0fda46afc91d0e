"""Rows of a file of past answers -> answers, a chunk at a time.

They count as answers of their day, and nothing else happens: no rule looks at them, nobody
is told, no mail goes out, and their cases are closed. Nor do they count as sent: a file of
answers doesn't say who was asked and kept silent, so a response rate would be made up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext

from contacts.catalogue import note_attributes
from contacts.import_jobs import ImportJob
from contacts.importing.chunks import Outcome, import_people
from contacts.importing.rows import Rejected
from contacts.models import Contact
from promoter.accounts.models import Account
from promoter.lib.many_rows import insert, take_ids
from surveys.answering.superseding import keep_latest_of
from surveys.daily_sums.rolling_up import mark_changed
from surveys.digests.watching import WIDTHS
from surveys.importing.places import Campaigns, Tags
from surveys.importing.reading import AnswerRow
from surveys.models import Case, ImportedAnswer, Response, ScoreWatch, Survey, Tag

Place = tuple[int, str]
"""A campaign's id and an answer's key: there is one answer of each, for ever."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A row and where it goes."""

    row: AnswerRow
    place: Place
    tags: Sequence[Tag]


def store_answers(job: ImportJob, rows: Sequence[AnswerRow], now: datetime) -> Outcome:
    """Add the answers that are not there yet; people who are known stay as they are, and
    the others become contacts. `updated` counts these. Runs in the caller's transaction;
    raises IntegrityError when somebody took a name meanwhile: run it again.
    """
    outcome = Outcome()
    placed = _placed(job.account, rows, outcome, now)
    people = import_people(
        account=job.account,
        rows=[each.row.person for each in placed],
        update=False,
        contact_list=None,
        now=now,
    )
    outcome.updated = people.created
    outcome.rejected += people.rejected
    erased = {line for line, _ in people.rejected}
    placed = [each for each in placed if each.row.line not in erased]
    new = _not_there_yet(placed, outcome)
    if new:
        _insert(job, new, now)
    return outcome


def figures_moved(
    account: Account, *, contacts: set[int], at: Sequence[datetime], now: datetime
) -> None:
    """After answers of the past came or went: the sums of their days, and which is each
    person's latest. Nobody is alerted of a score that moved because of it."""
    mark_changed(account=account, at=at, now=now)
    keep_latest_of(account=account, contacts=contacts, now=now)
    # The days whose scores are compared; the first look after this tells nobody.
    if max(at) > now - timedelta(days=2 * max(WIDTHS) + 2):
        ScoreWatch.objects.filter(account=account).update(looked_on=None)


def _placed(
    account: Account, rows: Sequence[AnswerRow], outcome: Outcome, now: datetime
) -> list[Placed]:
    campaigns, tags = Campaigns(account, now=now), Tags(account)
    found = []
    for row in rows:
        try:
            place = (campaigns.named(row.campaign).pk, row.key)
            found.append(Placed(row, place, tags.named(row.tags)))
        except Rejected as reason:
            outcome.rejected.append((row.line, str(reason)))
    return found


def _not_there_yet(placed: Sequence[Placed], outcome: Outcome) -> list[Placed]:
    known: dict[Place, int | None] = {
        (campaign, key): score
        for campaign, key, score in Survey.objects.filter(
            campaign__in={each.place[0] for each in placed},
            trigger_id__in=[each.place[1] for each in placed],
        )
        .order_by()
        .values_list("campaign", "trigger_id", "response__score")
    }
    new = []
    for each in placed:
        if each.place not in known:
            known[each.place] = each.row.score
            new.append(each)
        elif known[each.place] in (each.row.score, None):
            # Without a score: the person has deleted it, and it stays so.
            outcome.unchanged += 1
        else:
            outcome.rejected.append((each.row.line, _other_score(known[each.place])))
    outcome.created = len(new)
    return new


def _other_score(score: int | None) -> str:
    return gettext(
        "An answer of this person at this very time is there already, with the score "
        "%(score)s."
    ) % {"score": score}


def _insert(job: ImportJob, new: Sequence[Placed], now: datetime) -> None:
    account, contacts = job.account, _contacts(job.account, new)
    surveys = {
        each.place: Survey(
            account=account,
            campaign_id=each.place[0],
            contact_id=contacts[each.row.person.digest],
            trigger_id=each.place[1],
            attributes=each.row.attributes,
            address_digest=each.row.person.digest,
            triggered_at=each.row.asked_at,
            due_at=each.row.asked_at,
        )
        for each in new
    }
    insert(list(surveys.values()))
    ours = Survey.objects.filter(
        campaign__in={campaign for campaign, _ in surveys},
        trigger_id__in=[key for _, key in surveys],
    )
    take_ids(surveys, ours.order_by(), key=("campaign_id", "trigger_id"))
    insert(
        [
            ImportedAnswer(survey_id=survey.pk, account=account, job=job)
            for survey in surveys.values()
        ],
        known=True,
    )
    _insert_answers(account, new, surveys)
    figures_moved(
        account,
        contacts={contacts[each.row.person.digest] for each in new},
        at=[each.row.answered_at for each in new],
        now=now,
    )
    seen: dict[str, Any] = {}
    for each in new:
        seen |= each.row.attributes
    note_attributes(account=account, values=seen, now=now)


def _insert_answers(
    account: Account, new: Sequence[Placed], surveys: Mapping[Place, Survey]
) -> None:
    answers: dict[tuple[Any, ...], Response] = {}
    tags: dict[int, Sequence[Tag]] = {}
    for each in new:
        survey, row = surveys[each.place], each.row
        tags[survey.pk] = each.tags
        answers[(survey.pk,)] = Response(
            account=account,
            campaign_id=survey.campaign_id,
            survey_id=survey.pk,
            contact_id=survey.contact_id,
            score=row.score,
            comment=row.comment,
            attributes=row.attributes,
            responded_at=row.answered_at,
            updated_at=row.answered_at,
        )
    insert(list(answers.values()))
    added = Response.objects.filter(survey__in=list(tags)).order_by()
    take_ids(answers, added, key=("survey_id",))
    insert(
        [
            Case(
                response_id=answer.pk,
                account=account,
                responded_at=answer.responded_at,
                closed_at=answer.responded_at,
            )
            for answer in answers.values()
        ],
        known=True,
    )
    through = Case.tags.through
    insert(
        [
            through(case_id=answer.pk, tag_id=tag.pk)
            for answer in answers.values()
            for tag in tags[answer.survey_id]
        ]
    )


def _contacts(account: Account, new: Sequence[Placed]) -> dict[str, int]:
    """Address's digest -> whose it is: of several contacts the oldest."""
    digests = {each.row.person.digest for each in new}
    rows = Contact.objects.filter(account=account, address_digest__in=digests)
    return dict(rows.order_by("-pk").values_list("address_digest", "pk"))
