"""One condition on an attribute: `seats` is more than 5."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_

from django.db.models import Q, TextChoices
from django.db.models.lookups import (
    Exact,
    GreaterThan,
    GreaterThanOrEqual,
    IContains,
    In,
    IsNull,
    LessThan,
)
from django.utils.translation import gettext, pgettext_lazy

from contacts.attribute_values import AttributeDay, AttributeNumber, AttributeText
from contacts.models import Attribute
from promoter.lib.any_case import spellings

MAX_TEXT = 200
# What people call the two values of a yes-or-no attribute, which are true and false.
SPOKEN = {"yes": "true", "no": "false"}


class Operator(TextChoices):
    IS = "is", pgettext_lazy("condition", "is")
    IS_NOT = "not", pgettext_lazy("condition", "is not")
    CONTAINS = "contains", pgettext_lazy("condition", "contains")
    OVER = "over", pgettext_lazy("condition", "is more than")
    UNDER = "under", pgettext_lazy("condition", "is less than")
    BEFORE = "before", pgettext_lazy("condition", "is before")
    SINCE = "since", pgettext_lazy("condition", "is on or after")
    HAS = "has", pgettext_lazy("condition", "has any value")
    LACKS = "lacks", pgettext_lazy("condition", "has no value")


_ALWAYS = (Operator.IS, Operator.IS_NOT, Operator.HAS, Operator.LACKS)
_NUMERIC = (Operator.OVER, Operator.UNDER)
_DATED = (Operator.BEFORE, Operator.SINCE)
NEEDS_NO_VALUE = (Operator.HAS, Operator.LACKS)
# By the catalogue's type of the attribute. Text may hold days, and numbers from a file.
_FITTING = {
    Attribute.Type.NUMBER: {*_ALWAYS, *_NUMERIC},
    Attribute.Type.BOOLEAN: {*_ALWAYS},
    Attribute.Type.LIST: {Operator.CONTAINS, Operator.HAS, Operator.LACKS},
    Attribute.Type.OBJECT: {Operator.CONTAINS, Operator.HAS, Operator.LACKS},
}


def operators_for(kind: str, chosen: str = "") -> list[tuple[str, str]]:
    """Value and label of what makes sense for the type, and of what is chosen."""
    fitting = {*_FITTING.get(Attribute.Type(kind), Operator)} if kind else {*Operator}
    return [
        (operator.value, str(operator.label))
        for operator in Operator
        if operator in fitting or operator == chosen
    ]


@dataclass(frozen=True, slots=True)
class Condition:
    """What is asked of one attribute."""

    attribute: str
    op: str
    value: str = ""

    @classmethod
    def of(cls, attribute: str, op: str, value: str) -> Condition | None:
        """None where no attribute is named. With neither operator nor value: has any."""
        attribute, value = (
            text.replace("\0", "").strip()[:MAX_TEXT] for text in (attribute, value)
        )
        if not attribute:
            return None
        if op not in Operator.values:
            op = Operator.IS
        if op == Operator.IS and not value:
            op = Operator.HAS
        return cls(attribute, op, "" if op in NEEDS_NO_VALUE else value)

    @property
    def problem(self) -> str:
        """What is wrong with the value, in a sentence, or nothing."""
        if self.op in _NUMERIC and _number(self.value) is None:
            return (
                gettext("Type a number: “%(value)s” is none.") % {"value": self.value}
                if self.value
                else gettext("Type one.")
            )
        if self.op in _DATED and _day(self.value) is None:
            return gettext("Type a day like 2026-11-24.")
        if self.op in (Operator.CONTAINS, Operator.IS_NOT) and not self.value:
            return gettext("Type what it is compared with.")
        return ""

    @property
    def words(self) -> str:
        """As a person says it."""
        return f"{self.attribute} {Operator(self.op).label} {self.value}".strip()

    def q(self) -> Q:
        """Whom it means. One with a problem means nobody: what acts on all that are found
        must never act on more because of a slip of the pen."""
        if self.problem:
            return Q(pk__in=[])
        text = AttributeText(self.attribute)
        match self.op:
            case Operator.HAS:
                return Q(IsNull(text, False))
            case Operator.LACKS:
                return Q(IsNull(text, True))
            case Operator.CONTAINS:
                parts = (Q(IContains(text, each)) for each in spellings(self.value))
                return reduce(or_, parts)
            case Operator.OVER:
                return Q(GreaterThan(AttributeNumber(self.attribute), _number(self.value)))
            case Operator.UNDER:
                return Q(LessThan(AttributeNumber(self.attribute), _number(self.value)))
            case Operator.BEFORE:
                return Q(LessThan(AttributeDay(self.attribute), _day(self.value)))
            case Operator.SINCE:
                return Q(GreaterThanOrEqual(AttributeDay(self.attribute), _day(self.value)))
            case Operator.IS_NOT:
                # Who has none is not it either.
                return Q(IsNull(text, True)) | ~self._equal()
        return self._equal()

    def _equal(self) -> Q:
        text = AttributeText(self.attribute)
        spoken = SPOKEN.get(self.value.lower())
        if spoken:
            return Q(In(text, [self.value, spoken]))
        same = Q(Exact(text, self.value))
        number = _number(self.value)
        if number is None:
            return same
        # 5 and 5.0 are one number; NULL, for what is none, would be neither equal nor not.
        figure = AttributeNumber(self.attribute)
        return same | (Q(IsNull(figure, False)) & Q(Exact(figure, number)))


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _day(text: str) -> str | None:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None
