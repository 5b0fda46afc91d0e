"""Whether a rule holds for an answer. Pure: the same for a case and for a trial."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from promoter.lib.letters import folded
from surveys.inbox.rules import Rule
from surveys.nps import band
from surveys.rollups import MAX_VALUE


@dataclass(frozen=True, slots=True)
class Answered:
    """What rules look at."""

    score: int
    comment: str
    attributes: Mapping[str, Any]
    tags: set[int]


def matches(rule: Rule, answered: Answered) -> bool:
    """All the conditions that the rule has hold."""
    if rule.band and band(answered.score).value != rule.band:
        return False
    if rule.if_tag_id is not None and rule.if_tag_id not in answered.tags:
        return False
    if rule.attribute:
        known = as_text(answered.attributes.get(rule.attribute))
        if folded(known) != folded(rule.value):
            return False
    comment = folded(" ".join(answered.comment.split()))
    words = rule.wanted_words
    return not words or any(word in comment for word in words)


def as_text(value: object) -> str:
    """An attribute as reports group by it (surveys.daily_sums.attribute_text)."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)[:MAX_VALUE]
