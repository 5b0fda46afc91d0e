"""What must hold of an event or of its contact before a campaign asks. Arithmetic only.

A condition names a property of the event or an attribute of the contact. Dots reach into
objects (`address.city`); where a list is on the way, one element that fits is enough
(`products.category`). Names match exactly. Values match as people read them: without
regard to capitals and to spaces around them, numbers as numbers (`5` is `5.0`), booleans
as `true` and `false`. Null, an empty text and an empty list are no value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from enum import StrEnum
from math import isfinite
from typing import Any

from django.utils.translation import gettext, gettext_noop, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from promoter.lib.letters import folded

MAX_CONDITIONS = 10
MAX_NAME = 255
MAX_VALUE = 200
# No exponents: `1e9` is more likely an order number than a thousand million.
NUMBER = re.compile(r"[+-]?\d{1,40}(\.\d{1,40})?", re.ASCII)


class Of(StrEnum):
    EVENT = "event"
    CONTACT = "contact"


class Op(StrEnum):
    IS = "is"
    IS_NOT = "is_not"
    CONTAINS = "contains"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    EXISTS = "exists"
    MISSING = "missing"


OF_LABELS = {
    Of.EVENT: pgettext_lazy("condition", "The event’s"),
    Of.CONTACT: pgettext_lazy("condition", "The contact’s"),
}
OP_LABELS = {
    Op.IS: pgettext_lazy("condition", "is"),
    Op.IS_NOT: pgettext_lazy("condition", "is not"),
    Op.CONTAINS: pgettext_lazy("condition", "contains"),
    Op.AT_LEAST: pgettext_lazy("condition", "is at least"),
    Op.AT_MOST: pgettext_lazy("condition", "is at most"),
    Op.EXISTS: pgettext_lazy("condition", "has a value"),
    Op.MISSING: pgettext_lazy("condition", "has no value"),
}
UNMET = gettext_noop("“%(condition)s” did not hold")
# The same inside a sentence.
WORDS = {
    Op.IS: _("%(name)s is %(value)s"),
    Op.IS_NOT: _("%(name)s is not %(value)s"),
    Op.CONTAINS: _("%(name)s contains %(value)s"),
    Op.AT_LEAST: _("%(name)s is at least %(value)s"),
    Op.AT_MOST: _("%(name)s is at most %(value)s"),
    Op.EXISTS: _("%(name)s has a value"),
    Op.MISSING: _("%(name)s has no value"),
}
LONG_WORDS = {
    Of.EVENT: _("the event’s %(condition)s"),
    Of.CONTACT: _("the contact’s %(condition)s"),
}
NEEDS_NO_VALUE = (Op.EXISTS, Op.MISSING)
NEEDS_NUMBER = (Op.AT_LEAST, Op.AT_MOST)


class ConditionError(ValueError):
    """What is wrong with a condition, in a sentence for the person who wrote it.

    `part` names what to mend: `of`, `name`, `op`, `value`, or nothing of these.
    """

    def __init__(self, words: str, part: str = "") -> None:
        super().__init__(words)
        self.part = part


@dataclass(frozen=True, slots=True)
class Condition:
    of: Of
    name: str
    op: Op
    value: str = ""

    @property
    def words(self) -> str:
        """`plan is gold`"""
        return str(WORDS[self.op]) % {"name": self.name, "value": self.value}

    @property
    def long_words(self) -> str:
        """`the contact’s plan is gold`"""
        return str(LONG_WORDS[self.of]) % {"condition": self.words}

    def holds(self, *, event: Mapping[str, Any], contact: Mapping[str, Any]) -> bool:
        found = _values(event if self.of == Of.EVENT else contact, self.name)
        match self.op:
            case Op.EXISTS:
                return bool(found)
            case Op.MISSING:
                return not found
            case Op.IS:
                return any(_equal(each, self.value) for each in found)
            case Op.IS_NOT:
                return not any(_equal(each, self.value) for each in found)
            case Op.CONTAINS:
                return any(_plain(self.value) in _plain(_text(each)) for each in found)
            case Op.AT_LEAST | Op.AT_MOST:
                return any(self._bounds(each) for each in found)

    def _bounds(self, value: Any) -> bool:
        number, bound = _number(value), _number(self.value)
        if number is None or bound is None:
            return False
        return number >= bound if self.op == Op.AT_LEAST else number <= bound

    def stored(self) -> dict[str, str]:
        """As a campaign's row keeps it; `parse` reads it."""
        return {name: str(value) for name, value in asdict(self).items()}


def parse(stored: Any) -> list[Condition]:
    """Conditions as a campaign's row keeps them. Raises ConditionError for what is none."""
    if not isinstance(stored, list):
        raise ConditionError(gettext("Conditions must be a list."))
    if len(stored) > MAX_CONDITIONS:
        raise ConditionError(
            gettext("At most %(most)s conditions.") % {"most": MAX_CONDITIONS}
        )
    return [parse_one(each) for each in stored]


def unmet(
    stored: Any, *, event: Mapping[str, Any], contact: Mapping[str, Any]
) -> str | None:
    """Why the conditions don't all hold, in words, or None when they do.

    Conditions that can't be read hold for nobody: better no survey than a wrong one.
    """
    try:
        conditions = parse(stored)
    except ConditionError as error:
        return gettext("The conditions can’t be read: %(error)s") % {"error": error}
    for condition in conditions:
        if not condition.holds(event=event, contact=contact):
            return gettext(UNMET) % {"condition": condition.words}
    return None


def example(conditions: Iterable[Condition], of: Of) -> dict[str, Any]:
    """Values with which those conditions hold, as far as one value for each name can."""
    found: dict[str, Any] = {}
    for condition in conditions:
        if condition.of != of or condition.op in (Op.IS_NOT, Op.MISSING):
            continue
        value: Any = condition.value or "example"
        if condition.op in NEEDS_NUMBER:
            value = float(value) if "." in value else int(value)
        *way, last = condition.name.split(".")
        inside = found
        for part in way:
            inside = inside.setdefault(part, {})
            if not isinstance(inside, dict):
                inside, last = found, condition.name
                break
        inside[last] = value
    return found


def parse_one(given: Any) -> Condition:
    """One condition as a row or a form has it. Raises ConditionError."""
    if not isinstance(given, Mapping):
        raise ConditionError(gettext("Each condition must be an object."))
    of, name, op = (given.get(part) for part in ("of", "name", "op"))
    value = given.get("value", "")
    if of not in list(Of):
        raise ConditionError(gettext("Choose the event or the contact."), "of")
    if not isinstance(name, str) or not name.strip():
        raise ConditionError(
            gettext("Enter the name of a property or an attribute."), "name"
        )
    if len(name.strip()) > MAX_NAME:
        raise ConditionError(
            gettext("A name has at most %(most)s characters.") % {"most": MAX_NAME},
            "name",
        )
    if op not in list(Op):
        raise ConditionError(gettext("Choose how to compare."), "op")
    if not isinstance(value, str):
        raise ConditionError(gettext("The value must be text."), "value")
    return Condition(Of(of), name.strip(), Op(op), _checked_value(Op(op), value.strip()))


def _checked_value(op: Op, value: str) -> str:
    if op in NEEDS_NO_VALUE:
        return ""
    if not value:
        raise ConditionError(gettext("Enter what to compare with."), "value")
    if len(value) > MAX_VALUE:
        raise ConditionError(
            gettext("A value has at most %(most)s characters.") % {"most": MAX_VALUE},
            "value",
        )
    if op in NEEDS_NUMBER and _number(value) is None:
        raise ConditionError(gettext("Enter a number, for example 100 or 49.90."), "value")
    return value


def _values(root: Mapping[str, Any], name: str) -> list[Any]:
    """What stands under the name, lists taken apart. A name that has dots itself goes
    before the way that dots describe."""
    if name in root:
        return _kept([root[name]])
    found: list[Any] = [root]
    for part in name.split("."):
        inside = (
            each[part] for each in found if isinstance(each, Mapping) and part in each
        )
        found = _kept(inside)
    return found


def _kept(values: Iterable[Any]) -> list[Any]:
    apart: list[Any] = []
    for value in values:
        apart += value if isinstance(value, list) else [value]
    return [value for value in apart if not _is_empty(value)]


def _is_empty(value: Any) -> bool:
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, (Sequence, Mapping)) and not value)


def _equal(value: Any, text: str) -> bool:
    # Text stays text: the postcode 01234 is not the postcode 1234.
    number = None if isinstance(value, str) else _number(value)
    other = None if number is None else _number(text)
    if other is not None:
        return number == other
    return _plain(_text(value)) == _plain(text)


def _plain(text: str) -> str:
    return folded(text.strip())


def _text(value: Any) -> str:
    """How a value reads; an object or a list in a list reads as nothing."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    number = _number(value)
    return "" if number is None else f"{number:f}"


def _number(value: Any) -> Decimal | None:
    """Numbers, and texts that look like one: many clients send prices as text."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        return Decimal(repr(value)) if isfinite(value) else None
    if isinstance(value, str) and NUMBER.fullmatch(value.strip()):
        return Decimal(value.strip())
    return None
