"""What the admin pages of a tenant's rows share."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from promoter.lib.account_filter import AccountFilter


class WholeRowForm(forms.ModelForm):
    """Checks the row and not only the fields on the page.

    Django skips a constraint that names a field the page does not edit, and the database
    would answer with a 500; and nothing in it keeps one account's row from pointing at
    another's.
    """

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # the stubs leave it out
        if self.errors:
            return
        try:
            self.instance.validate_constraints()
        except ValidationError as error:
            self.add_error(None, error)
        if len(set(_accounts_of(self.instance))) > 1:
            self.add_error(None, gettext("All of it must belong to one account."))


def _accounts_of(row: models.Model) -> Iterator[int]:
    """The account of the row and of every row it points at."""
    for field in row._meta.concrete_fields:
        if not isinstance(field, models.ForeignKey):
            continue
        if field.name == "account":
            accounts = [getattr(row, field.attname)]
        elif _has_account(field.remote_field.model):
            accounts = [getattr(getattr(row, field.name, None), "account_id", None)]
        else:
            continue
        yield from (account for account in accounts if account is not None)


def _has_account(model: type[models.Model]) -> bool:
    try:
        model._meta.get_field("account")
    except FieldDoesNotExist:
        return False
    return True


class TenantAdmin(admin.ModelAdmin):
    """Rows of one account each, chosen once, at the start; or of the installation."""

    form = WholeRowForm
    list_per_page = 50
    # A second COUNT over the whole table, for a number that nobody needs.
    show_full_result_count = False

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        filters = super().get_list_filter(request)
        return [
            ("account", AccountFilter) if each == "account" else each for each in filters
        ]

    @property
    def media(self) -> forms.Media:
        if not _has_account(self.model):
            return super().media
        account: Any = self.model._meta.get_field("account")
        return super().media + AutocompleteSelect(account, self.admin_site).media

    def get_readonly_fields(
        self, request: HttpRequest, obj: models.Model | None = None
    ) -> list[Any] | tuple[Any, ...]:
        fields = super().get_readonly_fields(request, obj)
        has_account = obj is not None and _has_account(type(obj))
        return (*fields, "account") if has_account else fields


class HistoryAdmin(TenantAdmin):
    """Rows that say what happened: to be read, never written by hand.

    `removable`: nothing else is lost or goes wrong when one of them is deleted.
    """

    removable = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: models.Model | None = None
    ) -> bool:
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: models.Model | None = None
    ) -> bool:
        return self.removable and super().has_delete_permission(request, obj)


def json_text(value: object) -> SafeString:
    """JSON as people read it: indented, keys in order, letters as letters."""
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False)
    return format_html("<pre>{}</pre>", text)


def ask_first(
    model_admin: admin.ModelAdmin,
    request: HttpRequest,
    rows: QuerySet[Any],
    *,
    action: str,
    question: str,
    consequence: str,
) -> TemplateResponse | None:
    """The page that asks before an action that can't be undone; None once confirmed."""
    if "confirmed" in request.POST:
        return None
    return TemplateResponse(
        request,
        "admin/confirm_action.html",
        {
            **model_admin.admin_site.each_context(request),
            "title": question,
            "opts": model_admin.opts,
            "rows": rows,
            "action": action,
            "consequence": consequence,
            "checkbox_name": ACTION_CHECKBOX_NAME,
        },
    )
