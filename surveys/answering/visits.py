"""Remember that a link was opened: it tells scanners from people (see suspicion.py)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import DatabaseError

from promoter.lib.many_rows import insert
from promoter.lib.together import Together
from surveys.answering.opened import Opened
from surveys.models import LinkVisit

log = logging.getLogger(__name__)
# More of one survey tells nothing new, and a loop must not fill the table.
MOST_VISITS = 100
# In one transaction.
MOST_TOGETHER = 500


def note_visit(
    opened: Opened, *, score: int | None, now: datetime, is_trap: bool = False
) -> None:
    """It says nothing about an answer. Written when it returns: the answer may be here
    within a second.

    Without a database that can write, the page opens all the same.
    """
    if opened.visits >= MOST_VISITS:
        return
    visit = LinkVisit(
        account_id=opened.survey.account_id,
        survey_id=opened.survey.pk,
        score=score,
        is_trap=is_trap,
        visited_at=now,
    )
    try:
        _together.do(visit)
    except DatabaseError as error:
        log.warning("A visit was not noted: %s", error)


def _write(visits: Sequence[LinkVisit]) -> Sequence[bool | Exception]:
    """Those of one moment with one commit. When one of them can't be written, because its
    survey is gone by now, each is on its own."""
    try:
        insert(visits)
    except DatabaseError as error:
        if len(visits) == 1:
            return [error]
        return [_write([each])[0] for each in visits]
    return [True] * len(visits)


_together = Together[LinkVisit, bool](_write, weigh=lambda _: 1, most=MOST_TOGETHER)
