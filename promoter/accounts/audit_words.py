"""The audit log in sentences: “Alice activated the campaign “Onboarding””."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from django.apps import apps
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from promoter.accounts.audit import LABELS
from promoter.accounts.audit_actions import Action
from promoter.accounts.models import Account, AuditEvent
from promoter.accounts.roles import Role
from promoter.lib.kept_words import Sentence, read_again
from promoter.lib.labels import in_sentence, quoted

ITSELF = "Promoter"
# Things with a page of their own: the address's name.
PAGES = {
    "campaigns.campaign": "campaign",
    "campaigns.emailtemplate": "campaign-template",
    "campaigns.throttle": "campaign-throttle",
    "contacts.contact": "contact",
    "contacts.contactlist": "contact-list-members",
    "contacts.importjob": "contact-import",
    "segment_ingest.replay": "segment-replay",
}
# What the log keeps of names, choices and reasons that hold a number. Whoever lets it keep
# a new one adds it here; a test looks for it.
NAMES = (
    Sentence("Condition %(number)s: whose"),
    Sentence("Condition %(number)s: name"),
    Sentence("Condition %(number)s: comparison"),
    Sentence("Condition %(number)s: value"),
)
CHOICES = (Sentence("%(days)s day after the mail", "%(days)s days after the mail", "days"),)
SURVEYS = Sentence(
    "%(count)s survey within an hour", "%(count)s surveys within an hour", "count"
)
REASONS = (
    Sentence(
        "%(surveys)s; it usually asks hardly anybody.", inside={"surveys": (SURVEYS,)}
    ),
    Sentence(
        "%(surveys)s; it usually asks %(usual)s.",
        "%(surveys)s; it usually asks %(usual)s.",
        "usual",
        {"surveys": (SURVEYS,)},
    ),
)
HEADER = ["Time (UTC)", "Person", "Email", "What", "Code", "Id"]


@dataclass(frozen=True, slots=True)
class Line:
    """One event as a page shows it."""

    event: AuditEvent
    who: str
    words: SafeString


def lines(events: Iterable[AuditEvent], *, account: Account) -> list[Line]:
    """With a link to what is still there; a query for each kind of thing."""
    events = list(events)
    there = _existing(events, account)
    return [Line(event, who(event), _words(event, there)) for event in events]


def csv_rows(events: Iterable[AuditEvent]) -> Iterator[list[str]]:
    """A header, then a row for each event."""
    yield HEADER
    for event in events:
        yield [
            event.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
            who(event),
            event.actor_email,
            sentence(event),
            event.action,
            "" if event.target_id is None else str(event.target_id),
        ]


def who(event: AuditEvent) -> str:
    """The name the person has now; the address they had, once they are gone."""
    if event.actor is not None:
        return event.actor.get_full_name()
    return event.actor_email or ITSELF


def sentence(event: AuditEvent) -> str:
    """What goes on after the person's name, as text."""
    target = quoted(event.target_label) if event.target_label else "–"
    return _pattern(event).format_map(_details(event, target))


def because(event: AuditEvent) -> str:
    """Why the product did it by itself; empty where a person did."""
    return read_again(event.details.get("because", ""), REASONS)


def changed_names(event: AuditEvent) -> list[str]:
    """The names of the fields that were changed."""
    return [name_words(name) for name in event.details.get("changed", []) if name]


def name_words(stored: str) -> str:
    """A field's name."""
    return read_again(stored, NAMES)


def choice_words(stored: str) -> str:
    """A value that was chosen from ours."""
    return read_again(stored, CHOICES)


def _words(event: AuditEvent, there: Mapping[str, set[int]]) -> SafeString:
    target: Any = quoted(event.target_label) if event.target_label else "–"
    pattern = _pattern(event)
    if event.target_id in there.get(event.target_kind, ()):
        address = reverse(PAGES[event.target_kind], args=[event.target_id])
        if event.target_label:
            target = format_html('<a href="{}">{}</a>', address, target)
        else:
            kind = apps.get_model(event.target_kind)._meta.verbose_name
            link = format_html('<a href="{}">{} {}</a>', address, kind, event.target_id)
            return format_html("{} ({})", sentence(event), link)
    return format_html(pattern, **_details(event, target))


def _pattern(event: AuditEvent) -> str:
    """The action's sentence; the code itself for one that is no longer known."""
    if event.action not in Action.values:
        return "{code} {target}"
    label = str(Action(event.action).label)
    return f"{label}: {{changes}}" if event.details.get("changed") else label


class _Blank(defaultdict[str, Any]):
    """A detail that was not written down reads as a dash."""

    def __missing__(self, key: str) -> str:
        return "–"


def _details(event: AuditEvent, target: Any) -> dict[str, Any]:
    return _Blank(
        None,
        event.details
        | {
            "target": target,
            "code": event.action,
            "changes": "; ".join(
                _change(name, event.details.get("values", {}).get(name))
                for name in event.details.get("changed", [])
                if name
            ),
        }
        | ({"because": because(event)} if event.details.get("because") else {})
        | _role(event.details.get("role", "")),
    )


def _change(name: str, values: list[str] | None) -> str:
    """A field's name, with its value before and after where those were written down."""
    if not values:
        return name_words(name)
    pair, said = values[:2], values[2:] == LABELS
    before, after = (
        quoted(choice_words(each) if said else each) if each else "–" for each in pair
    )
    return f"{name_words(name)} ({before} → {after})"


def _role(role: str) -> dict[str, str]:
    return {"role": in_sentence(Role(role).label)} if role in Role.values else {}


def _existing(events: Iterable[AuditEvent], account: Account) -> dict[str, set[int]]:
    wanted: dict[str, set[int]] = defaultdict(set)
    for event in events:
        if event.target_kind in PAGES and event.target_id is not None:
            wanted[event.target_kind].add(event.target_id)
    return {
        kind: set(
            apps.get_model(kind)
            ._default_manager.filter(account=account, pk__in=ids)
            .values_list("pk", flat=True)
        )
        for kind, ids in wanted.items()
    }
