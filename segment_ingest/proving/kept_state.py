"""The scratch database put back as it was, and what it says, without what is never the
same twice.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, time
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import connection, connections, models

from surveys.models import SurveyEmail
from surveys.small_mails import SmallMail

# Keys follow from what was tried before; moments from when it was; the others are dice,
# or tell of the work and not of what came of it.
NEVER_ALIKE = (models.AutoField, models.ForeignKey, models.GeneratedField)
# `asked_at` follows the mail.
DICE = {
    *("token", "webhook_id", "email_message_id", "stored_name", "digest", "session_key"),
    *("payload", "secret", "password", "key", "object_id", "target_id", "chosen", "data"),
    *("column_times", "attribute_times", "asked_at", "attempt", "seconds"),
    *("cursor", "upto", "place", "counted_to", "enrolled_to"),
}
# Who works and when is no promise of a task.
OF_NO_ACCOUNT = {"operations", "sessions", "django_celery_beat", "contenttypes", "auth"}
DOUBT = ("mails in doubt",)


class Kept:
    """The database, and these folders, as they are when this is made. It closes every
    connection. `name` is one of its own for each that is kept at a time."""

    def __init__(self, place: Path, name: str, folders: list[Path]) -> None:
        self._name = connection.settings_dict["NAME"]
        self._copy = str(place / f"{name}.sqlite3")
        if connection.vendor == "postgresql":
            self._copy = f"{self._name}_{name}"
        self._folders = {folder: place / name / folder.name for folder in folders}
        for folder, copy in self._folders.items():
            folder.mkdir(exist_ok=True)
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(folder, copy)
        self._do(self._name, self._copy)

    def restore(self) -> None:
        self._do(self._copy, self._name)
        for folder, copy in self._folders.items():
            shutil.rmtree(folder)
            shutil.copytree(copy, folder)

    def drop(self) -> None:
        """SQLite's copy and the files go with their place."""
        connections.close_all()
        if connection.vendor == "postgresql":
            self._on_the_server(f"DROP DATABASE IF EXISTS {_quoted(self._copy)}")

    def _do(self, source: str, target: str) -> None:
        connections.close_all()
        if connection.vendor == "postgresql":
            self._on_the_server(
                f"DROP DATABASE IF EXISTS {_quoted(target)} WITH (FORCE)",
                f"CREATE DATABASE {_quoted(target)} TEMPLATE {_quoted(source)}",
            )
            return
        with sqlite3.connect(source) as one, sqlite3.connect(target) as other:
            one.backup(other)
        one.close()
        other.close()

    def _on_the_server(self, *statements: str) -> None:
        with connection._nodb_cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


def state() -> Counter[tuple[str, ...]]:
    """Each table with what its rows say, and how often. Of mails that have left the mail
    server tells; of those that may have there is only how many."""
    found: Counter[tuple[str, ...]] = Counter()
    for model in apps.get_models(include_auto_created=True):
        said = [field for field in model._meta.concrete_fields if _counts(field)]
        if model._meta.app_label in OF_NO_ACCOUNT or not said:
            continue
        rows = model._base_manager.all()
        if issubclass(model, SurveyEmail | SmallMail):
            found[DOUBT] += rows.filter(status="uncertain").count()
            rows = rows.exclude(status__in=["uncertain", "sent"])
        names = [field.attname for field in said]
        found.update(
            (model._meta.db_table, *_row(names, row)) for row in rows.values_list(*names)
        )
    return found


def _counts(field: models.Field[Any, Any]) -> bool:
    return not isinstance(field, NEVER_ALIKE) and field.name not in DICE


def _row(names: Iterable[str], row: Iterable[Any]) -> list[str]:
    return [f"{name}={_said(value)}" for name, value in zip(names, row, strict=True)]


def _said(value: Any) -> str:
    """Of a moment only whether there is one."""
    return "a moment" if isinstance(value, datetime | time) else str(value)


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
