"""Let the rules look at answers that have settled."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from promoter.accounts.models import Account
from surveys.inbox.acting import assign, tag
from surveys.inbox.cases import happened
from surveys.inbox.matching import Answered, matches
from surveys.inbox.passing_on import notify
from surveys.inbox.rules import Rule
from surveys.models import Case, CaseEvent

BATCH = 50
TRIED = 100
"""How many of the latest answers a trial looks at."""


def apply_rules(*, now: datetime) -> int:
    """Look at what has settled; at how many cases. Whoever comes second finds nothing.

    All that a rule does are rows, written in the transaction that ends the waiting: a
    worker that dies has done all of it or nothing. A case that somebody holds at the
    moment waits for the next round.
    """
    looked_at = 0
    while count := _apply_some(now=now):
        looked_at += count
    return looked_at


def would_match(rule: Rule, *, account: Account) -> tuple[int, int]:
    """Of the latest answers how many the rule holds for, and how many these are."""
    cases = Case.objects.filter(account=account).order_by("-responded_at", "-pk")
    latest = cases.select_related("response").prefetch_related("tags")[:TRIED]
    found = [matches(rule, _answered(case)) for case in latest]
    return sum(found), len(found)


@transaction.atomic
def _apply_some(*, now: datetime) -> int:
    locked = Case.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
    settled = locked.settled(now=now).order_by("settles_at")
    related = ("account", "assignee", "response__contact", "response__campaign")
    cases = list(settled.select_related(*related).prefetch_related("tags")[:BATCH])
    if not cases:
        return 0
    rules = _rules_of({case.account_id for case in cases})
    for case in cases:
        if case.response.contact is not None:
            _apply(rules[case.account_id], case, now=now)
    Case.objects.filter(pk__in=[case.pk for case in cases]).update(settles_at=None)
    return len(cases)


def _rules_of(accounts: set[int]) -> dict[int, list[Rule]]:
    rules: dict[int, list[Rule]] = defaultdict(list)
    enabled = Rule.objects.filter(account__in=accounts, is_enabled=True)
    related = enabled.select_related("assign_to__user")
    for rule in related.prefetch_related("add_tags", "notify__user"):
        rules[rule.account_id].append(rule)
    return rules


def _apply(rules: Sequence[Rule], case: Case, *, now: datetime) -> None:
    if not rules:
        return
    done = set(case.events.filter(rule__isnull=False).values_list("rule", flat=True))
    answered = _answered(case)
    for rule in rules:
        if rule.pk in done or not matches(rule, answered):
            continue
        happened(case, CaseEvent.Kind.RULE, about=rule.name, rule=rule, now=now)
        for each in rule.add_tags.all():
            tag(cases=[case.pk], with_=each, by=None, now=now)
            answered.tags.add(each.pk)
        if rule.assign_to is not None and case.assignee is None:
            assign(cases=[case.pk], to=rule.assign_to, by=None, now=now)
            case.assignee = rule.assign_to
        people = [member.user for member in rule.notify.all() if member.user.is_active]
        if people:
            notify(case=case, people=people, now=now)


def _answered(case: Case) -> Answered:
    response = case.response
    tags = {each.pk for each in case.tags.all()}
    return Answered(response.score, response.comment, response.attributes, tags)
