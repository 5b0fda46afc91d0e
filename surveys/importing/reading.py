"""One row of a file of past answers: what it says, or why it can't be taken."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext

from contacts.addresses import address_digest
from contacts.import_jobs import ImportJob
from contacts.importing.columns import attribute_name
from contacts.importing.rows import (
    PersonRow,
    Rejected,
    address_in,
    attribute_text,
    cells,
    one_line,
)
from promoter.lib.csv_reading import Record
from promoter.lib.signing import keyed_digest
from surveys.daily_sums.coverage import zone_of
from surveys.importing.moments import read_moment
from surveys.importing.places import LONGEST_CAMPAIGN
from surveys.importing.scores import read_score
from surveys.inbox.cases import LONGEST_TAG
from surveys.responding import clean_comment

MAX_NAME = 120
_BETWEEN_TAGS = re.compile(r"[,;|\n]")


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One answer, and who gave it. `asked_at` is the answer's own time where the file
    doesn't say; `campaign` the job's where the row names none."""

    person: PersonRow
    score: int
    comment: str
    answered_at: datetime
    asked_at: datetime
    campaign: str
    tags: tuple[str, ...] = ()
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def line(self) -> int:
        return self.person.line

    @property
    def key(self) -> str:
        """The same for the same person and moment, in whichever file; it tells neither."""
        named = f"{self.person.email.casefold()} {self.answered_at.isoformat()}"
        return keyed_digest("past answer", named)


def read_answer(record: Record, job: ImportJob, now: datetime) -> AnswerRow:
    """The row under the job's mapping. Raises Rejected. A comment that is too long is cut
    as on the survey's page."""
    texts: dict[str, str] = {}
    attributes: dict[str, str] = {}
    for target, text in zip(job.mapping, cells(record, len(job.mapping)), strict=True):
        if (name := attribute_name(target)) is None:
            texts[target] = text
        elif text:
            attributes[name] = attribute_text(name, text)
    person = _person(record.line, texts)
    score = read_score(texts["score"])
    if not texts["answered_at"]:
        raise Rejected(gettext("The row does not say when it was answered."))
    zone, order = zone_of(job.account), str(job.chosen.get("order", ""))
    answered_at = read_moment(texts["answered_at"], zone=zone, order=order, now=now)
    asked_at = answered_at
    if texts.get("sent_at"):
        asked_at = read_moment(texts["sent_at"], zone=zone, order=order, now=now)
    return AnswerRow(
        person=person,
        score=score,
        comment=clean_comment(texts.get("comment", "")),
        answered_at=answered_at,
        # A date without a time may be that of the same day's answer.
        asked_at=min(asked_at, answered_at),
        campaign=_campaign(texts.get("campaign", ""), job),
        tags=_tags(texts.get("tags", "")),
        attributes=attributes,
    )


def _person(line: int, texts: dict[str, str]) -> PersonRow:
    if not texts["email"]:
        raise Rejected(gettext("The row has no Email."))
    email = address_in(texts["email"])
    first, _, last = one_line(texts.get("name", "")).partition(" ")
    names = {
        "first_name": one_line(texts.get("first_name", "")) or first,
        "last_name": one_line(texts.get("last_name", "")) or last,
    }
    return PersonRow(
        line=line,
        email=email,
        digest=address_digest(email),
        names={name: text[:MAX_NAME] for name, text in names.items() if text},
    )


def _campaign(text: str, job: ImportJob) -> str:
    name = one_line(text) or str(job.chosen.get("campaign", ""))
    if len(name) > LONGEST_CAMPAIGN:
        raise Rejected(
            gettext("The campaign’s name is longer than %(most)s characters.")
            % {"most": LONGEST_CAMPAIGN}
        )
    return name


def _tags(text: str) -> tuple[str, ...]:
    names = dict.fromkeys(one_line(part) for part in _BETWEEN_TAGS.split(text))
    for name in names:
        if len(name) > LONGEST_TAG:
            raise Rejected(
                gettext("The tag “%(name)s…” is longer than %(most)s characters.")
                % {"name": name[:20], "most": LONGEST_TAG}
            )
    return tuple(name for name in names if name)
