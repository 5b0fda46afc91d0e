"""What the answers are tagged with. Tags change long after an answer, so no sums are kept
of them: they are counted anew each time, within a bound."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from surveys.models import Case, Tag
from surveys.nps import Counts
from surveys.selections import Selection, tagged_with
from surveys.windows import Window

MOST_TAGGED = 30_000
"""Tags that all of an account's cases have together, up to which each is counted."""
LATEST_TAGGED = 2_000
"""Where there are more: so many of the latest tagged answers."""
MOST_SHOWN = 15


@dataclass(frozen=True, slots=True)
class TagFigures:
    """A tag, and how those scored who have it."""

    tag: Tag
    counts: Counts

    @property
    def n(self) -> int:
        return self.counts.n


@dataclass(frozen=True, slots=True)
class TopTags:
    """The tags of most answers first, and how many tagged answers were read.

    `is_part`: there may be more than were read.
    """

    tags: list[TagFigures]
    answers: int
    is_part: bool


def top_tags(selection: Selection, window: Window, *, tags: Sequence[Tag]) -> TopTags:
    """Of the window, of the account's tags. At most 3 queries, 2 below the bound."""
    if not tags:
        return TopTags([], 0, is_part=False)
    everywhere = Case.tags.through._default_manager.filter(tag__account=selection.account)
    answers = selection.responses([window], as_of=window.end)
    pairs = _pairs(everywhere[: MOST_TAGGED + 1])
    is_part = len(pairs) > MOST_TAGGED
    if is_part:
        # So many that walking back from the newest meets them soon.
        has_any = Exists(everywhere.filter(case=OuterRef("pk")))
        latest = answers.filter(has_any).order_by("-responded_at", "-pk")
        scores = dict(latest.values_list("pk", "score")[:LATEST_TAGGED])
        pairs = _pairs(everywhere.filter(case__in=list(scores)))
    else:
        of_account = Tag.objects.filter(account=selection.account)
        found = answers.filter(pk__in=tagged_with(of_account)).order_by()
        scores = dict(found.values_list("pk", "score"))
    given: defaultdict[int, list[int]] = defaultdict(list)
    for case, tag in pairs:
        if case in scores:
            given[tag].append(scores[case])
    return TopTags(_largest(tags, given), len(scores), is_part=is_part)


def _pairs(rows: QuerySet[Any]) -> list[tuple[int, int]]:
    """(answer, tag)."""
    return list(rows.values_list("case_id", "tag_id"))


def _largest(tags: Sequence[Tag], given: Mapping[int, list[int]]) -> list[TagFigures]:
    lines = [
        TagFigures(tag, Counts.of_scores(given[tag.pk])) for tag in tags if tag.pk in given
    ]
    return sorted(lines, key=lambda line: (-line.n, line.tag.name))[:MOST_SHOWN]
