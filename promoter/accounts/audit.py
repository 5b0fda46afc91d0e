"""Write down who did what. Called beside the act, in its transaction: both or neither."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, cast

from django import forms
from django.db import models
from django.utils import translation

from promoter.accounts.access import AccountRequest
from promoter.accounts.audit_actions import Action
from promoter.accounts.models import Account, AuditEvent, User

Values = list[str]
"""The value before and after a change, as text, empty for none; and LABELS."""
LABELS = ["labels"]
"""What follows values that are words of ours: who reads the log reads them translated."""
# Of a long text its beginning tells which it was.
MOST_SHOWN = 80
# Rows whose name is a person's address or leads to one: the log keeps their id alone.
NAMELESS = frozenset(
    {"contacts.contact", "contacts.suppression", "surveys.suspectanswer", "surveys.survey"}
)


def record(
    *,
    account: Account,
    actor: User | None,
    action: Action,
    now: datetime,
    target: models.Model | None = None,
    label: str | None = None,
    changed: Iterable[str] | Mapping[str, Values | None] = (),
    **details: Any,
) -> AuditEvent:
    """One line in the account's audit log.

    `actor` is None for what the product does by itself. `target` is named by its str(), a
    contact by nothing; `label` names what has no row, such as an invited address.
    `changed` are names of fields as people read them, or changes() of a form that holds
    nothing of a contact. `details` fill the action's sentence. No address or name of a
    contact may be in any of them.
    """
    kind = target._meta.label_lower if target is not None else ""
    if label is None:
        label = "" if target is None or kind in NAMELESS else str(target)
    names = sorted(set(changed))
    if isinstance(changed, Mapping) and any(changed.values()):
        details["values"] = {name: both for name, both in changed.items() if both}
    return AuditEvent.objects.create(
        account=account,
        actor=actor,
        actor_email=actor.email if actor else "",
        action=action,
        target_kind=kind,
        target_id=target.pk if target is not None else None,
        target_label=label[:200],
        details=details | ({"changed": names} if names else {}),
        at=now,
    )


def note(
    request: AccountRequest,
    action: Action,
    target: models.Model | None = None,
    *,
    now: datetime,
    **rest: Any,
) -> None:
    """What the person behind this request did; `rest` as for record()."""
    record(
        account=request.account,
        actor=request.user,
        action=action,
        target=target,
        now=now,
        **rest,
    )


def changes(form: forms.BaseForm) -> dict[str, Values | None]:
    """What somebody changed in the form: under each of changed_labels() the value before
    and after it; None where that is a secret, a file or no single value."""
    with translation.override(None):
        return {
            str(form.fields[name].label or name): _before_and_after(form, name)
            for name in form.changed_data
        }


def _before_and_after(form: forms.BaseForm, name: str) -> Values | None:
    field = form.fields[name]
    hidden = isinstance(field.widget, forms.PasswordInput | forms.FileInput)
    before = form.get_initial_for_field(field, name)
    after = form.cleaned_data.get(name)
    shown = [_plain(field, value) for value in (before, after)]
    if hidden or None in shown:
        return None
    return [value or "" for value in shown] + (LABELS if _is_labelled(field) else [])


def _is_labelled(field: forms.Field) -> bool:
    """Whether its values are shown by words of ours, not by what somebody typed."""
    chosen = isinstance(field, forms.ChoiceField)
    typed = isinstance(field, forms.ModelChoiceField)
    return isinstance(field, forms.BooleanField) or (chosen and not typed)


def _plain(field: forms.Field, value: Any) -> str | None:
    """The value as a line of text; None for what is no such thing."""
    if isinstance(field, forms.ModelChoiceField):
        key = getattr(value, "pk", value)
        value = field.queryset.filter(pk=key).first() if key and field.queryset else None
        return field.label_from_instance(value)[:MOST_SHOWN] if value else ""
    if isinstance(value, list | tuple | set | dict | models.Model):
        return None
    if isinstance(field, forms.ChoiceField):
        choices = cast("Iterable[tuple[Any, Any]]", field.choices)
        labels = {str(key): label for key, label in choices}
        value = labels.get(str(value), value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = "" if value is None else " ".join(str(value).split())
    return text if len(text) <= MOST_SHOWN else f"{text[: MOST_SHOWN - 1]}…"


def changed_labels(form: forms.BaseForm) -> list[str]:
    """What somebody changed in the form, as its labels say it: in English, for everybody
    reads it in the log in a language of their own."""
    with translation.override(None):
        return [str(form.fields[name].label or name) for name in form.changed_data]
