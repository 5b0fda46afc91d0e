"""The operators' pages for campaigns and what they are made of."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns import lifecycle
from campaigns.colours import read_colour
from campaigns.conditions import ConditionError, parse
from campaigns.models import Campaign, EmailTemplate, Logo, TemplateVersion, Throttle
from campaigns.template_checks import refuse_foreign_links, refuse_unknown_placeholders
from campaigns.template_versions import store_template
from promoter.accounts.models import User
from promoter.lib.admin import HistoryAdmin, TenantAdmin, WholeRowForm, ask_first


class CampaignForm(WholeRowForm):
    def clean_conditions(self) -> list[dict[str, str]]:
        try:
            return [each.stored() for each in parse(self.cleaned_data["conditions"])]
        except ConditionError as error:
            raise ValidationError(str(error)) from None

    def clean(self) -> None:
        super().clean()
        name = self.cleaned_data.get("cancel_event")
        if name and name == self.cleaned_data.get("event_name"):
            self.add_error(
                "cancel_event", gettext("This event starts the campaign’s surveys.")
            )


@admin.register(Campaign)
class CampaignAdmin(TenantAdmin):
    """The status moves by actions only, so that its rules hold here too."""

    form = CampaignForm
    list_display = (
        *("name", "account", "status", "event_name", "delivery_delay"),
        *("throttle", "activated_at", "first_event_at"),
    )
    list_filter = ("status", "account")
    list_select_related = ("account", "throttle")
    search_fields = ("name", "event_name", "account__name")
    search_help_text = _("Name, event or account")
    autocomplete_fields = ("account", "email_template", "contact_list", "throttle")
    readonly_fields = ("status", "created_at", "activated_at", "first_event_at")
    fieldsets = (
        (None, {"fields": ("account", "name", "status")}),
        (_("Whom"), {"fields": ("event_name", "contact_list", "throttle")}),
        (
            _("What and when"),
            {"fields": ("email_template", "delivery_delay", "reminder_after")},
        ),
        (
            _("Options"),
            {"fields": ("conditions", "sample_percent", "hold_hours", "cancel_event")},
        ),
        (
            _("Dates"),
            {"fields": ("created_at", "activated_at", "first_event_at")},
        ),
    )
    actions = ("activate", "pause", "resume", "complete")

    @admin.action(description=_("Activate the selected drafts"), permissions=["change"])
    def activate(self, request: HttpRequest, campaigns: QuerySet[Campaign]) -> None:
        self._move(
            request,
            campaigns,
            partial(lifecycle.activate, now=timezone.now()),
            gettext("Activated: %(campaigns)s."),
        )

    @admin.action(description=_("Pause the selected campaigns"), permissions=["change"])
    def pause(self, request: HttpRequest, campaigns: QuerySet[Campaign]) -> None:
        self._move(request, campaigns, lifecycle.pause, gettext("Paused: %(campaigns)s."))

    @admin.action(description=_("Resume the selected campaigns"), permissions=["change"])
    def resume(self, request: HttpRequest, campaigns: QuerySet[Campaign]) -> None:
        self._move(
            request,
            campaigns,
            partial(lifecycle.resume, now=timezone.now()),
            gettext("Resumed: %(campaigns)s."),
        )

    @admin.action(description=_("Complete the selected campaigns"), permissions=["change"])
    def complete(
        self, request: HttpRequest, campaigns: QuerySet[Campaign]
    ) -> TemplateResponse | None:
        page = ask_first(
            self,
            request,
            campaigns,
            action="complete",
            question=gettext("Complete these campaigns?"),
            consequence=gettext(
                "They ask nobody any more. A completed campaign can’t be reopened."
            ),
        )
        if page is None:
            self._move(
                request, campaigns, lifecycle.complete, gettext("Completed: %(campaigns)s.")
            )
        return page

    def _move(
        self,
        request: HttpRequest,
        campaigns: QuerySet[Campaign],
        act: Callable[..., None],
        done: str,
    ) -> None:
        """Do it to each that it may be done to, and say why not to the others."""
        moved = []
        for campaign in campaigns:
            try:
                act(campaign=campaign)
            except ValidationError as error:
                messages.error(request, f"{campaign}: {' '.join(error.messages)}")
                continue
            self.log_change(request, campaign, done % {"campaigns": campaign})
            moved.append(campaign.name)
        if moved:
            messages.success(request, done % {"campaigns": ", ".join(moved)})

    def has_delete_permission(
        self, request: HttpRequest, obj: Campaign | None = None
    ) -> bool:
        """A campaign that asked somebody is history; complete it instead."""
        if obj is not None and obj.surveys.exists():
            return False
        return super().has_delete_permission(request, obj)


class EmailTemplateForm(WholeRowForm):
    def clean(self) -> None:
        super().clean()
        # Chosen once: on a row that is there the account is no field of the form.
        account = self.cleaned_data.get("account")
        if account is None and self.instance.pk:
            account = self.instance.account
        if account is None:
            return
        refuse_unknown_placeholders(self, self.cleaned_data, account=account)
        refuse_foreign_links(self, self.cleaned_data, account=account)

    def clean_accent(self) -> str:
        colour = read_colour(self.cleaned_data["accent"])
        if colour is None:
            raise ValidationError(gettext("Enter a colour, for example #0f766e."))
        return colour


@admin.register(EmailTemplate)
class EmailTemplateAdmin(TenantAdmin):
    form = EmailTemplateForm
    list_display = ("name", "account", "subject", "brand", "updated_at")
    list_filter = ("account",)
    list_select_related = ("account",)
    search_fields = ("name", "subject", "brand", "account__name")
    autocomplete_fields = ("account", "logo")
    readonly_fields = ("created_at", "updated_at")

    def save_model(
        self, request: HttpRequest, obj: EmailTemplate, form: ModelForm, change: bool
    ) -> None:
        by = request.user if isinstance(request.user, User) else None
        store_template(template=obj, now=timezone.now(), by=by)


@admin.register(Logo)
class LogoAdmin(HistoryAdmin):
    list_display = ("digest", "account", "width", "height", "content_type", "created_at")
    list_filter = ("account",)
    list_select_related = ("account",)
    search_fields = ("digest", "account__name")


@admin.register(TemplateVersion)
class TemplateVersionAdmin(HistoryAdmin):
    list_display = ("template", "number", "account", "created_at", "created_by")
    list_filter = ("account",)
    list_select_related = ("account", "template", "created_by")
    search_fields = ("template__name", "subject", "account__name")
    date_hierarchy = "created_at"


@admin.register(Throttle)
class ThrottleAdmin(TenantAdmin):
    list_display = ("name", "account", "days", "scope")
    list_filter = ("scope", "account")
    list_select_related = ("account",)
    search_fields = ("name", "account__name")
    autocomplete_fields = ("account",)
