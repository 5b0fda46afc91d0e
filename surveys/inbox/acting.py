"""What people, and rules, do with cases: each act on a set, counted, with its history.

An act that changes nothing writes nothing. All of them run in one transaction and lock the
cases in one order, so that two who tick the same rows come one after the other.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from promoter.accounts.models import Account, Membership, User
from promoter.webhooks.models import EventType
from surveys.inbox.cases import LONGEST_TAG, MOST_TAGS, happened
from surveys.models import Case, CaseEvent, Tag
from surveys.telling import tell_cases

Kind = CaseEvent.Kind


class TooManyTagsError(Exception):
    """The account has as many tags as one can still choose from."""


@transaction.atomic
def close(*, cases: Collection[int], by: User | None, now: datetime) -> int:
    """How many of these were open."""
    found = list(_locked(cases).filter(closed_at=None))
    Case.objects.filter(pk__in=[each.pk for each in found]).update(closed_at=now)
    return _status_changed(found, Kind.CLOSED, by=by, now=now)


@transaction.atomic
def reopen(*, cases: Collection[int], by: User | None, now: datetime) -> int:
    """How many of these were closed."""
    found = list(_locked(cases).filter(closed_at__isnull=False))
    Case.objects.filter(pk__in=[each.pk for each in found]).update(closed_at=None)
    return _status_changed(found, Kind.REOPENED, by=by, now=now)


@transaction.atomic
def assign(
    *, cases: Collection[int], to: Membership | None, by: User | None, now: datetime
) -> int:
    """How many of these were somebody else's, or nobody's. None for `to` frees them."""
    found = [each for each in _locked(cases) if each.assignee_id != (to and to.pk)]
    Case.objects.filter(pk__in=[each.pk for each in found]).update(assignee=to)
    kind = Kind.ASSIGNED if to else Kind.UNASSIGNED
    whom = [(case, to or case.assignee) for case in found]
    named = [(case, kind, who.user.get_full_name()) for case, who in whom if who]
    _remember(named, by=by, now=now)
    return len(found)


@transaction.atomic
def tag_with_all(
    *, cases: Collection[int], tags: Sequence[Tag], by: User, now: datetime
) -> int:
    """How many of these did not have one of them."""
    return max(tag(cases=cases, with_=each, by=by, now=now) for each in tags)


@transaction.atomic
def tag(*, cases: Collection[int], with_: Tag, by: User | None, now: datetime) -> int:
    """How many of these did not have it."""
    found = list(_locked(cases).exclude(tags=with_))
    Case.tags.through.objects.bulk_create(
        [Case.tags.through(case_id=case.pk, tag_id=with_.pk) for case in found],
        ignore_conflicts=True,
    )
    return _tags_changed(found, Kind.TAGGED, with_, by=by, now=now)


@transaction.atomic
def untag(*, cases: Collection[int], from_: Tag, by: User | None, now: datetime) -> int:
    """How many of these had it."""
    found = list(_locked(cases).filter(tags=from_))
    Case.tags.through.objects.filter(case__in=found, tag=from_).delete()
    return _tags_changed(found, Kind.UNTAGGED, from_, by=by, now=now)


def write_note(*, case: Case, text: str, by: User, now: datetime) -> CaseEvent:
    """For the team alone."""
    return happened(case, Kind.NOTE, actor=by, text=text, now=now)


def tag_names(text: str) -> list[str]:
    """What stands between the commas of what somebody typed; a name has none."""
    found: dict[str, str] = {}
    for part in text.split(","):
        name = " ".join(part.split())[:LONGEST_TAG].strip()
        found.setdefault(name.lower(), name)
    return [name for name in found.values() if name]


def tag_named(name: str, *, account: Account) -> Tag:
    """The account's tag of that name, one of `tag_names`, made when there is none. Raises
    TooManyTagsError."""
    tags = Tag.objects.filter(account=account)
    found = tags.called(name).first()
    if found is not None:
        return found
    if tags.count() >= MOST_TAGS:
        raise TooManyTagsError
    try:
        with transaction.atomic():
            return Tag.objects.create(account=account, name=name)
    except IntegrityError:
        # Somebody else has just made it, or a second press of the same button.
        return tags.called(name).get()


def _locked(cases: Collection[int]) -> QuerySet[Case]:
    rows = Case.objects.select_for_update(of=("self",), no_key=True)
    return (
        rows.filter(pk__in=cases).select_related("account", "assignee__user").order_by("pk")
    )


def _status_changed(
    found: Sequence[Case], kind: Kind, *, by: User | None, now: datetime
) -> int:
    _remember([(case, kind, "") for case in found], by=by, now=now)
    tell_cases(found, event_type=EventType.RESPONSE_STATUS_CHANGED, now=now)
    return len(found)


def _tags_changed(
    found: Sequence[Case], kind: Kind, changed: Tag, *, by: User | None, now: datetime
) -> int:
    _remember([(case, kind, changed.name) for case in found], by=by, now=now)
    tell_cases(found, event_type=EventType.RESPONSE_TAGS_CHANGED, now=now)
    return len(found)


def _remember(
    events: Sequence[tuple[Case, Kind, str]], *, by: User | None, now: datetime
) -> None:
    CaseEvent.objects.bulk_create(
        CaseEvent(
            account_id=case.account_id, case=case, kind=kind, actor=by, about=about, at=now
        )
        for case, kind, about in events
    )
