"""The operators' pages for tenants, people and keys."""

from __future__ import annotations

from typing import Any, cast

from allauth.account.decorators import secure_admin_login
from allauth.socialaccount.models import SocialApp, SocialToken
from django.contrib import admin, messages
from django.contrib.auth import forms as auth_forms
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.db import transaction
from django.db.models import Count, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from promoter.accounts import (  # noqa: F401 - they register their pages
    audit_admin,
    two_factor_admin,
)
from promoter.accounts.addresses import confirm_address
from promoter.accounts.audit import record
from promoter.accounts.audit_actions import Action
from promoter.accounts.models import (
    Account,
    ApiKey,
    Invitation,
    Membership,
    User,
)
from promoter.accounts.suspending_admin import StandingActions
from promoter.lib.admin import HistoryAdmin, TenantAdmin, ask_first

# The admin's own page of sign-in knows neither the second step nor the limits.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
# Not used here: links are signed instead of stored, and the provider is a setting.
admin.site.unregister([SocialApp, SocialToken])
admin.site.site_header = "Promoter"
admin.site.site_title = "Promoter"
admin.site.index_title = _("This installation")


def _revoke(request: HttpRequest, keys: QuerySet[ApiKey]) -> int:
    """Those still in use, each with its line in its account's log; how many."""
    now = timezone.now()
    usable = list(keys.filter(revoked_at=None).select_related("account"))
    with transaction.atomic():
        for key in usable:
            key.revoke(now=now)
            record(
                account=key.account,
                actor=cast(User, request.user),
                action=Action.KEY_REVOKED,
                target=key,
                now=now,
            )
    return len(usable)


class MembershipInline(admin.TabularInline):
    model = Membership
    extra = 0
    autocomplete_fields = ("user", "account")


@admin.register(Account)
class AccountAdmin(StandingActions, admin.ModelAdmin):
    list_display = (
        *("name", "people", "daily_event_limit", "mails_per_minute"),
        *("is_sending", "time_zone", "created_at"),
    )
    list_filter = (
        ("suspended_at", admin.EmptyFieldListFilter),
        ("sending_stopped_at", admin.EmptyFieldListFilter),
        ("sending_paused_at", admin.EmptyFieldListFilter),
        "created_at",
    )
    search_fields = ("name", "memberships__user__email")
    search_help_text = _("Name of the account, or email of somebody in it")
    readonly_fields = (
        *("created_at", "suspended_at", "sending_stopped_at"),
        *("sending_paused_at", "sending_paused_because"),
    )
    fieldsets = (
        (None, {"fields": ("name", "time_zone", "postal_address", "created_at")}),
        (
            _("Limits"),
            {"fields": ("daily_event_limit", "mails_per_minute", "delivery_policy")},
        ),
        (_("Send window"), {"fields": ("send_days", "send_from", "send_until")}),
        (_("By an operator"), {"fields": ("suspended_at", "sending_stopped_at")}),
        (
            _("Sending refused by the mail server"),
            {"fields": ("sending_paused_at", "sending_paused_because")},
        ),
    )
    inlines = (MembershipInline,)
    actions = ("suspend", "resume", "stop_sending", "let_send", "revoke_keys")

    @admin.display(boolean=True, description="sending", ordering="sending_paused_at")
    def is_sending(self, account: Account) -> bool:
        return not (
            account.sending_paused_at or account.sending_stopped_at or account.suspended_at
        )

    @admin.action(description=_("Revoke all keys of the accounts"), permissions=["change"])
    def revoke_keys(
        self, request: HttpRequest, accounts: QuerySet[Account]
    ) -> TemplateResponse | None:
        page = ask_first(
            self,
            request,
            accounts,
            action="revoke_keys",
            question=gettext("Revoke all API keys of these accounts?"),
            consequence=gettext(
                "Every call with one of them is refused from then on, and a "
                "revoked key can’t be brought back. Their people can make new ones."
            ),
        )
        if page is None:
            revoked = _revoke(request, ApiKey.objects.filter(account__in=accounts))
            messages.success(
                request, gettext("Revoked: %(revoked)s.") % {"revoked": revoked}
            )
        return page

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        # Distinct: a search by email joins the same table again.
        people = Count("memberships", distinct=True)
        rows: QuerySet[Account] = super().get_queryset(request).annotate(people=people)
        return rows

    @admin.display(description="people", ordering="people")
    def people(self, account: Account) -> int:
        return int(getattr(account, "people", 0))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only an account that was never used: the rest is somebody's history."""
        if obj is not None and (obj.contacts.exists() or obj.segment_messages.exists()):
            return False
        return super().has_delete_permission(request, obj)


class UserCreationForm(auth_forms.AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("email",)


class UserChangeForm(auth_forms.UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"


@admin.register(User)
class UserAdmin(StockUserAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    list_display = ("email", "name", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser", "groups")
    search_fields = ("email", "name")
    ordering = ("email",)
    readonly_fields = ("last_login", "date_joined")
    inlines = (MembershipInline,)
    fieldsets = (
        (None, {"fields": ("email", "name", "password", "is_active")}),
        (
            _("The installation"),
            {"fields": ("is_staff", "is_superuser", "groups", "user_permissions")},
        ),
        (_("Dates"), {"fields": ("time_zone", "last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"fields": ("email", "name", "usable_password", "password1", "password2")}),
    )

    def get_readonly_fields(
        self, request: HttpRequest, obj: User | None = None
    ) -> tuple[str, ...]:
        """Only a superuser hands out power over the installation."""
        fields = tuple(super().get_readonly_fields(request, obj))
        if request.user.is_superuser:
            return fields
        return (*fields, "is_staff", "is_superuser", "groups", "user_permissions")

    def save_model(
        self, request: HttpRequest, obj: User, form: ModelForm, change: bool
    ) -> None:
        """An address that an operator enters counts as confirmed."""
        super().save_model(request, obj, form, change)
        confirm_address(obj)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return _may_touch(request, obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return _may_touch(request, obj) and super().has_delete_permission(request, obj)


def _may_touch(request: HttpRequest, user: User | None) -> bool:
    # Else an operator could take a superuser's seat by setting their password.
    return user is None or request.user.is_superuser or not user.is_superuser


@admin.register(Membership)
class MembershipAdmin(TenantAdmin):
    list_display = ("user", "account", "role", "created_at")
    list_filter = ("role", "account")
    list_select_related = ("user", "account")
    search_fields = ("user__email", "user__name", "account__name")
    autocomplete_fields = ("account", "user")
    readonly_fields = ("created_at",)


@admin.register(Invitation)
class InvitationAdmin(HistoryAdmin):
    """Invitations are made and sent by owners, on the page of their people."""

    list_display = ("email", "account", "role", "sent_at", "accepted_at", "withdrawn_at")
    list_filter = ("role", "account")
    list_select_related = ("account",)
    search_fields = ("email", "account__name")


@admin.register(ApiKey)
class ApiKeyAdmin(TenantAdmin):
    """Keys are issued here and revoked here; their text is shown once, at the start."""

    list_display = ("name", "shown_prefix", "account", "created_at", "revoked_at")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter), "account")
    list_select_related = ("account",)
    search_fields = ("name", "prefix", "account__name")
    search_help_text = _("Name, first characters of the key, or account")
    autocomplete_fields = ("account",)
    fields = ("account", "name", "shown_prefix", "created_at", "revoked_at")
    readonly_fields = ("shown_prefix", "created_at", "revoked_at")
    actions = ("revoke",)

    @admin.display(description="key", ordering="prefix")
    def shown_prefix(self, key: ApiKey) -> str:
        return f"{key.prefix}…" if key.prefix else gettext("Shown once, when you save.")

    def save_model(
        self, request: HttpRequest, obj: ApiKey, form: ModelForm, change: bool
    ) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        now = timezone.now()
        row, text = ApiKey.objects.issue(account=obj.account, name=obj.name, now=now)
        record(
            account=obj.account,
            actor=cast(User, request.user),
            action=Action.KEY_CREATED,
            target=row,
            now=now,
        )
        obj.pk, obj.prefix = row.pk, row.prefix
        messages.warning(
            request,
            gettext("The key is %(key)s — copy it now, it can’t be shown again.")
            % {"key": text},
        )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A key in use is revoked first, which leaves a trace."""
        if obj is not None and obj.revoked_at is None:
            return False
        return super().has_delete_permission(request, obj)

    @admin.action(description=_("Revoke the selected keys"), permissions=["change"])
    def revoke(self, request: HttpRequest, keys: QuerySet[Any]) -> TemplateResponse | None:
        usable = keys.filter(revoked_at=None)
        page = ask_first(
            self,
            request,
            usable,
            action="revoke",
            question=gettext("Revoke these keys?"),
            consequence=gettext(
                "Segment’s calls with them are refused from then on. "
                "A revoked key can’t be brought back."
            ),
        )
        if page is not None:
            return page
        messages.success(
            request,
            gettext("Revoked: %(revoked)s.") % {"revoked": _revoke(request, usable)},
        )
        return None
