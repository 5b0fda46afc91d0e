"""The admin's lists filtered by one account among thousands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import PAGE_VAR
from django.contrib.admin.widgets import AutocompleteSelect
from django.http import HttpRequest


class AccountFilter(admin.RelatedFieldListFilter):
    """The account is found by typing: a list of all would be as long as there are."""

    template = "admin/account_filter.html"

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: Any
    ) -> list[Any]:
        return []

    def has_output(self) -> bool:
        return True

    def choices(self, changelist: Any) -> Iterator[Any]:
        """One: the field to type into, and what else the list is filtered by."""
        relation: Any = self.field
        chooser = forms.ModelChoiceField(
            relation.remote_field.model._default_manager.all(),
            widget=AutocompleteSelect(relation, changelist.model_admin.admin_site),
        )
        chosen = changelist.params.get(self.lookup_kwarg)
        ours = [self.lookup_kwarg, PAGE_VAR]
        attributes = {"aria-label": self.title, "id": "account-filter"}
        yield {
            "chooser": chooser.widget.render(self.lookup_kwarg, chosen, attributes),
            "others": [pair for pair in changelist.params.items() if pair[0] not in ours],
            "is_chosen": bool(chosen),
            "query_string": changelist.get_query_string(remove=ours),
        }
