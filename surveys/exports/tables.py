"""What a file of answers, and one of surveys, says of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet

from promoter.lib.exporting import Record, Table
from surveys.models import Case, Response, Survey, SurveyEmail
from surveys.nps import band
from surveys.results.filtering import Filter
from surveys.selections import SCORES_OF, Selection, tagged_with

# Names of attributes are the customer's and may be ours as well: in CSV they stand apart.
PREFIX = "attributes."
PERSON = ("user_id", "email", "first_name", "last_name")
ANSWER_COLUMNS = (
    *("id", "survey_id", "campaign", "score", "band", "comment"),
    *("responded_at", "changed_at", *PERSON, "status", "closed_at", "assignee", "tags"),
)
SURVEY_COLUMNS = (
    *("id", "campaign", *PERSON, "trigger_id", "state", "skip_reason"),
    *("triggered_at", "due_at", "asked_at", "skipped_at"),
    *("invitation", "reminder", "reminded_at", "score", "responded_at"),
)
Status, Kind = SurveyEmail.Status, SurveyEmail.Kind


def answer_table(answers: QuerySet[Response] | QuerySet[Case]) -> Table:
    """Answers, newest first; attributes as they were at the answer."""
    return Table(
        sets=[answers],
        columns=_named(ANSWER_COLUMNS),
        records=_answers,
        model=Response,
        key="responded_at",
        prefix=PREFIX,
    )


def survey_table(chosen: Filter) -> Table:
    """Surveys that were triggered within the period, campaign by campaign, newest first:
    sent or not. Attributes as they were at the trigger. What narrows by the answer (band,
    tag, each person once) leaves those with such an answer."""
    selection, window = chosen.selection, chosen.period.window
    campaigns = [selection.campaign] if selection.campaign else chosen.campaigns
    rows = _by_answer(selection.all_surveys(), selection, as_of=window.end)
    within = rows.filter(triggered_at__gte=window.start, triggered_at__lt=window.end)
    return Table(
        # One set each: there is an index of a campaign's surveys by their trigger.
        sets=[within.filter(campaign=campaign) for campaign in campaigns],
        columns=_named(SURVEY_COLUMNS),
        records=_surveys,
        model=Survey,
        key="triggered_at",
        prefix=PREFIX,
    )


def _by_answer(
    rows: QuerySet[Survey], selection: Selection, *, as_of: datetime
) -> QuerySet[Survey]:
    if selection.band is not None:
        rows = rows.filter(response__score__in=SCORES_OF[selection.band])
    if selection.tag is not None:
        rows = rows.filter(response__in=tagged_with([selection.tag]))
    if selection.is_latest:
        rows = rows.filter(response__isnull=False).filter(
            Q(response__superseded_at=None) | Q(response__superseded_at__gte=as_of)
        )
    return rows


def _named(columns: Sequence[str]) -> list[tuple[str, str]]:
    return [(name, name) for name in columns]


def _person() -> dict[str, F]:
    return {name: F(f"contact__{name}") for name in PERSON}


def _answers(ids: Sequence[int]) -> list[Record]:
    rows = Response.objects.filter(pk__in=ids).order_by()
    tags = _tags(ids)
    found = {
        row["id"]: row
        for row in rows.values(
            *("id", "survey_id", "score", "comment", "responded_at", "attributes"),
            title=F("campaign__name"),
            changed_at=F("updated_at"),
            closed_at=F("case__closed_at"),
            assignee=F("case__assignee__user__email"),
            **_person(),
        )
    }
    return list(_records(ids, found, ANSWER_COLUMNS, lambda row: _answer(row, tags)))


def _answer(row: Mapping[str, Any], tags: Mapping[int, list[str]]) -> dict[str, Any]:
    is_changed = row["changed_at"] != row["responded_at"]
    return {
        **row,
        "campaign": row["title"],
        "band": str(band(row["score"])),
        "changed_at": row["changed_at"] if is_changed else None,
        "comment": row["comment"] or None,
        "status": "closed" if row["closed_at"] else "open",
        "tags": tuple(tags.get(row["id"], ())),
    }


def _tags(ids: Sequence[int]) -> dict[int, list[str]]:
    found: defaultdict[int, list[str]] = defaultdict(list)
    rows = Case.tags.through.objects.filter(case__in=ids).order_by("tag__name")
    for case, name in rows.values_list("case_id", "tag__name"):
        found[case].append(name)
    return found


def _surveys(ids: Sequence[int]) -> list[Record]:
    rows = Survey.objects.filter(pk__in=ids).order_by()
    mails = {
        (mail["survey_id"], mail["kind"]): mail
        for mail in SurveyEmail.objects.filter(survey__in=ids).values(
            *("survey_id", "kind", "status", "outcome", "sent_at")
        )
    }
    found = {
        row["id"]: row
        for row in rows.values(
            *("id", "trigger_id", "skip_reason", "triggered_at", "due_at"),
            *("asked_at", "skipped_at", "attributes"),
            title=F("campaign__name"),
            score=F("response__score"),
            responded_at=F("response__responded_at"),
            **_person(),
        )
    }

    def whole(row: Mapping[str, Any]) -> dict[str, Any]:
        invitation = _state_of(mails.get((row["id"], Kind.INVITATION)))
        reminder = mails.get((row["id"], Kind.REMINDER))
        return {
            **row,
            "campaign": row["title"],
            "state": _state(row, invitation),
            "skip_reason": row["skip_reason"] or None,
            "invitation": invitation,
            "reminder": _state_of(reminder),
            "reminded_at": reminder and reminder["sent_at"],
        }

    return list(_records(ids, found, SURVEY_COLUMNS, whole))


def _state(row: Mapping[str, Any], invitation: str | None) -> str | None:
    """In one word: what came last of skipping, answering and mailing."""
    if row["score"] is not None:
        return "answered"
    if row["skip_reason"]:
        return "skipped"
    return invitation or ("sent" if row["asked_at"] else None)


def _state_of(mail: Mapping[str, Any] | None) -> str | None:
    """The provider's word replaces ours, once there is one."""
    if mail is None:
        return None
    said = mail["outcome"] if mail["status"] == Status.SENT else ""
    return str(said or mail["status"])


def _records(
    ids: Sequence[int],
    found: Mapping[int, Mapping[str, Any]],
    columns: Sequence[str],
    whole: Any,
) -> Iterator[Record]:
    """In the order of the ids. What was deleted a moment ago is left out."""
    for pk in ids:
        if (row := found.get(pk)) is not None:
            values = whole(row)
            yield Record([values[name] for name in columns], row["attributes"])
