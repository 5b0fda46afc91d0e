"""Write down who did what. Called beside the act, in its transaction: both or neither."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.db import models
from django.utils import translation

from promoter.accounts.access import AccountRequest
from promoter.accounts.audit_actions import Action
from promoter.accounts.models import Account, AuditEvent, User

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
    changed: Iterable[str] = (),
    **details: Any,
) -> AuditEvent:
    """One line in the account's audit log.

    `actor` is None for what the product does by itself. `target` is named by its str(), a
    contact by nothing; `label` names what has no row, such as an invited address.
    `changed` are names of fields as people read them, never values. `details` fill the
    action's sentence. No address or name of a contact may be in any of them.
    """
    kind = target._meta.label_lower if target is not None else ""
    if label is None:
        label = "" if target is None or kind in NAMELESS else str(target)
    names = sorted(set(changed))
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


def changed_labels(form: forms.BaseForm) -> list[str]:
    """What somebody changed in the form, as its labels say it: in English, for everybody
    reads it in the log in a language of their own."""
    with translation.override(None):
        return [str(form.fields[name].label or name) for name in form.changed_data]
