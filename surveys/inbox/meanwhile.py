"""What became of a case while somebody had its page open: a colleague was faster, the
person changed their answer, or a button was pressed twice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext

from promoter.accounts.models import User
from promoter.lib.ids import id_in
from surveys.models import Case, CaseEvent, Response


@dataclass(frozen=True, slots=True)
class Seen:
    """What a page of the case showed: the last event's id, and which of the answers, by the
    microsecond of its change. The page's forms carry it as a text."""

    event: int
    said: int

    @classmethod
    def of(cls, case: Case, events: Iterable[CaseEvent]) -> Seen:
        said = _microseconds(case.response.updated_at)
        return cls(max((each.pk for each in events), default=0), said)

    @classmethod
    def read(cls, text: str) -> Seen | None:
        """None where a form carries none: then nothing is known to have been missed."""
        event, _, said = text.partition(".")
        return cls(id_in(event), id_in(said)) if id_in(said) else None

    def __str__(self) -> str:
        return f"{self.event}.{self.said}"


def hold(case: Case) -> None:
    """Until the transaction ends, so that of two presses the second sees the first's."""
    list(Case.objects.select_for_update(no_key=True).filter(pk=case.pk).values_list("pk"))


def is_done(case: Case, kind: str, *, by: User, seen: Seen | None, **what: Any) -> bool:
    """Whether this person has done just this since then: the same button once more."""
    if seen is None:
        return False
    events = case.events.filter(kind=kind, actor=by, pk__gt=seen.event, **what)
    return events.exists()


def missed(case: Case, *, seen: Seen | None) -> str:
    """What who wants to reply should read first; empty for nothing."""
    if seen is None:
        return ""
    replies = case.events.filter(kind=CaseEvent.Kind.REPLIED, pk__gt=seen.event)
    reply = replies.select_related("actor").last()
    if reply is not None:
        who = reply.actor.get_full_name() if reply.actor else gettext("Somebody")
        return gettext(
            "%(who)s has replied meanwhile, as you see above. Send yours if it is still "
            "needed."
        ) % {"who": who}
    (changed_at,) = Response.objects.filter(pk=case.pk).values_list("updated_at", flat=True)
    if _microseconds(changed_at) != seen.said:
        return gettext(
            "The answer was changed meanwhile, as you see above. Send your reply if it "
            "still fits."
        )
    return ""


def _microseconds(at: datetime) -> int:
    return int(at.timestamp()) * 1_000_000 + at.microsecond
