"""The rows of the filter form: a condition each, and an empty one for the next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from contacts.conditions import Condition, operators_for
from contacts.filters import MOST_CONDITIONS
from contacts.models import Attribute
from promoter.accounts.access import for_account
from promoter.accounts.models import Account


@dataclass(frozen=True, slots=True)
class ConditionRow:
    """What the row's three fields show and offer, and what is wrong with them."""

    attribute: str
    op: str
    value: str
    operators: list[tuple[str, str]]
    kind: str
    problem: str = ""

    @property
    def is_yes_or_no(self) -> bool:
        return self.kind == Attribute.Type.BOOLEAN

    @property
    def spoken(self) -> str:
        """Of a yes-or-no attribute: which of the two is chosen."""
        return {"true": "yes", "false": "no"}.get(self.value, self.value)


def condition_rows(
    account: Account, conditions: Sequence[Condition]
) -> Iterator[ConditionRow]:
    """One query for the types of all attributes that are named."""
    names = {condition.attribute for condition in conditions}
    kinds = dict(
        for_account(Attribute, account).filter(name__in=names).values_list("name", "type")
        if names
        else ()
    )
    for each in conditions:
        kind = kinds.get(each.attribute, "")
        operators = operators_for(kind, each.op)
        yield ConditionRow(
            each.attribute, each.op, each.value, operators, kind, each.problem
        )
    if len(conditions) < MOST_CONDITIONS:
        yield empty_row()


def empty_row(attribute: str = "", kind: str = "") -> ConditionRow:
    return ConditionRow(attribute, "", "", operators_for(kind), kind)
