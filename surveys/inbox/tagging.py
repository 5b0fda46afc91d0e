"""Put an account's tags in order: another name, two in one, one less."""

from __future__ import annotations

from django.db import transaction

from surveys.inbox.rules import Rule
from surveys.models import Case, Tag


class TagAskedForError(Exception):
    """Rules ask for the tag: without it they would hold for everybody. Says which."""


@transaction.atomic
def merge(*, tag: Tag, into: Tag) -> int:
    """Whatever has the one, or asks for it, has the other then; how many cases changed."""
    tagged = Case.tags.through.objects
    has_both = tagged.filter(tag=into).values("case")
    changed = tagged.filter(tag=tag).exclude(case__in=has_both).update(tag=into)
    giving = Rule.add_tags.through.objects
    gives_both = giving.filter(tag=into).values("rule")
    giving.filter(tag=tag).exclude(rule__in=gives_both).update(tag=into)
    Rule.objects.filter(if_tag=tag).update(if_tag=into)
    tag.delete()
    return changed


@transaction.atomic
def delete(*, tag: Tag) -> None:
    """The cases stay. Raises TagAskedForError."""
    names = list(Rule.objects.filter(if_tag=tag).values_list("name", flat=True))
    if names:
        raise TagAskedForError(", ".join(f"“{name}”" for name in names))
    tag.delete()
