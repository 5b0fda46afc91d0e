"""The operators' pages for endpoints and what they were told."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from promoter.lib.admin import HistoryAdmin, TenantAdmin, WholeRowForm, ask_first
from promoter.webhooks.models import Delivery, Endpoint, EventType


class EndpointForm(WholeRowForm):
    event_types = forms.MultipleChoiceField(
        choices=EventType.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: everything."),
    )


@admin.register(Endpoint)
class EndpointAdmin(TenantAdmin):
    """A secret is shown once, when it is made; who lost it gets a new one."""

    form = EndpointForm
    list_display = ("url", "account", "is_enabled", "last_success_at", "disabled_reason")
    list_filter = ("disabled_at", "account")
    list_select_related = ("account",)
    search_fields = ("url", "account__name")
    search_help_text = _("Part of the address, or of the account’s name")
    fields = (
        *("account", "url", "event_types", "old_secret_until"),
        *("created_at", "last_success_at", "disabled_at", "disabled_reason"),
    )
    readonly_fields = (
        *("old_secret_until", "created_at"),
        *("last_success_at", "disabled_at", "disabled_reason"),
    )
    actions = ("enable", "disable", "rotate_secret")

    @admin.display(boolean=True, description="enabled")
    def is_enabled(self, endpoint: Endpoint) -> bool:
        return endpoint.disabled_at is None

    @admin.action(description=_("Enable the chosen endpoints"), permissions=["change"])
    def enable(self, request: HttpRequest, endpoints: QuerySet[Endpoint]) -> None:
        for endpoint in endpoints:
            endpoint.enable()
        _say(self, request, gettext("Enabled. What was dropped meanwhile stays dropped."))

    def save_model(
        self, request: HttpRequest, obj: Endpoint, form: forms.ModelForm, change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            _show_once(request, obj)

    @admin.action(description=_("Disable the chosen endpoints"), permissions=["change"])
    def disable(
        self, request: HttpRequest, endpoints: QuerySet[Endpoint]
    ) -> TemplateResponse | None:
        page = ask_first(
            self,
            request,
            endpoints,
            action="disable",
            question=gettext("Disable these endpoints?"),
            consequence=gettext(
                "What waits for them is dropped, and they hear of nothing more "
                "until they are enabled again."
            ),
        )
        if page is None:
            for endpoint in endpoints.filter(disabled_at=None):
                endpoint.disable(
                    reason=gettext("Disabled by an operator."), now=timezone.now()
                )
            _say(
                self,
                request,
                gettext("Disabled. What was waiting for them has been dropped."),
            )
        return page

    @admin.action(description=_("Give them a new secret"), permissions=["change"])
    def rotate_secret(
        self, request: HttpRequest, endpoints: QuerySet[Endpoint]
    ) -> TemplateResponse | None:
        page = ask_first(
            self,
            request,
            endpoints,
            action="rotate_secret",
            question=gettext("Give these endpoints a new secret?"),
            consequence=gettext(
                "The old secret signs beside the new one for 24 hours; by then the "
                "other side must know the new one, which is shown once."
            ),
        )
        if page is None:
            for endpoint in endpoints:
                endpoint.rotate_secret(now=timezone.now())
                _show_once(request, endpoint)
        return page


@admin.register(Delivery)
class DeliveryAdmin(HistoryAdmin):
    list_display = (
        *("webhook_id", "event_type", "endpoint", "status", "attempt"),
        *("response_code", "error", "due_at", "created_at"),
    )
    list_filter = ("status", "event_type", "created_at", "account")
    list_select_related = ("endpoint",)
    search_fields = ("webhook_id__exact", "endpoint__url")
    search_help_text = _("Exact webhook-id, or part of the endpoint’s address")
    actions = ("send_again",)

    def has_send_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("webhooks.change_delivery")

    @admin.action(description=_("Send the chosen deliveries again"), permissions=["send"])
    def send_again(self, request: HttpRequest, deliveries: QuerySet[Delivery]) -> None:
        again = Delivery.objects.filter(pk__in=deliveries.values("pk")).send_again(
            now=timezone.now()
        )
        _say(
            self,
            request,
            gettext("%(again)s to be sent again within seconds.") % {"again": again},
        )


def _show_once(request: HttpRequest, endpoint: Endpoint) -> None:
    messages.warning(
        request,
        gettext(
            "The secret of %(url)s is %(secret)s — copy it now, it can’t be shown again."
        )
        % {"url": endpoint.url, "secret": endpoint.secret},
    )


def _say(page: admin.ModelAdmin[Any], request: HttpRequest, text: str) -> None:
    page.message_user(request, text, messages.SUCCESS)
