"""The operators' pages for contacts, lists and who must not be mailed."""

from __future__ import annotations

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from contacts.addresses import address_digest, clean_address
from contacts.import_jobs import ImportJob
from contacts.models import (
    Attribute,
    BulkJob,
    Contact,
    ContactList,
    ContactListMembership,
    SavedFilter,
    Suppression,
)
from contacts.suppression import follow_people, lift
from promoter.accounts.job_admin import JobAdmin
from promoter.lib.admin import (
    HistoryAdmin,
    TenantAdmin,
    WholeRowForm,
    json_text,
)


class AddressForm(WholeRowForm):
    """Takes one deliverable mailbox, and with it the digest that finds it again."""

    def clean_email(self) -> str:
        email = self.cleaned_data["email"]
        if not email:
            return ""
        address = clean_address(email)
        if address is None:
            raise forms.ValidationError(gettext("This is not one email address."))
        return address


class ContactForm(AddressForm):
    def clean(self) -> None:
        super().clean()
        if "email" in self.cleaned_data:
            self.instance.set_email(self.cleaned_data["email"])


class SuppressionForm(AddressForm):
    def clean(self) -> None:
        super().clean()
        account, email = self.cleaned_data.get("account"), self.cleaned_data.get("email")
        if not account or not email:
            return
        digest = address_digest(email)
        if Suppression.objects.reasons(account=account, digests=[digest]):
            self.add_error("email", gettext("This address is suppressed already."))
        self.instance.address_digest = digest
        self.instance.reason = Suppression.Reason.MANUAL


class ContactListMembershipInline(admin.TabularInline):
    model = ContactListMembership
    form = WholeRowForm
    extra = 0
    autocomplete_fields = ("contact_list",)
    readonly_fields = ("added_at",)


@admin.register(Contact)
class ContactAdmin(TenantAdmin):
    form = ContactForm
    list_display = ("__str__", "name", "user_id", "account", "updated_at")
    list_filter = ("updated_at", "account")
    list_select_related = ("account",)
    search_fields = ("email", "user_id__exact", "first_name", "last_name")
    search_help_text = _("Email, name or exact userId")
    autocomplete_fields = ("account",)
    fields = (
        "account",
        "user_id",
        "email",
        ("first_name", "last_name"),
        "traits",
        ("created_at", "updated_at"),
    )
    readonly_fields = ("traits", "created_at", "updated_at")
    inlines = (ContactListMembershipInline,)

    @admin.display(description="attributes")
    def traits(self, contact: Contact) -> SafeString:
        return json_text(contact.attributes)

    def save_model(
        self, request: HttpRequest, obj: Contact, form: forms.ModelForm, change: bool
    ) -> None:
        obj.updated_at = timezone.now()
        super().save_model(request, obj, form, change)
        follow_people(account=obj.account, contacts=[obj], now=obj.updated_at)


@admin.register(ContactList)
class ContactListAdmin(TenantAdmin):
    list_display = ("name", "account", "contacts_in_it", "created_at")
    list_filter = ("account",)
    list_select_related = ("account",)
    search_fields = ("name", "account__name")
    autocomplete_fields = ("account",)
    readonly_fields = ("created_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ContactList]:
        rows: QuerySet[ContactList] = super().get_queryset(request)
        return rows.annotate(size=Count("contactlistmembership"))

    @admin.display(description="contacts", ordering="size")
    def contacts_in_it(self, contact_list: ContactList) -> int:
        return int(getattr(contact_list, "size", 0))


@admin.register(Suppression)
class SuppressionAdmin(TenantAdmin):
    """Addresses are added by hand here; only our own judgement can be taken back."""

    form = SuppressionForm
    list_display = ("address", "reason", "account", "detail", "created_at")
    list_filter = ("reason", "created_at", "account")
    list_select_related = ("account",)
    search_fields = ("email", "address_digest__exact")
    search_help_text = _("Email")
    autocomplete_fields = ("account",)
    fields = ("account", "email", "reason", "detail", "created_at")
    readonly_fields = ("reason", "created_at")

    @admin.display(description="email", ordering="email")
    def address(self, suppression: Suppression) -> str:
        return suppression.email or gettext("an erased person")

    def get_form(
        self,
        request: HttpRequest,
        obj: Suppression | None = None,
        change: bool = False,
        **kwargs: object,
    ) -> type[forms.ModelForm]:
        form: type[forms.ModelForm] = super().get_form(request, obj, change, **kwargs)
        if "email" in form.base_fields:
            form.base_fields["email"].required = True
        return form

    def has_change_permission(
        self, request: HttpRequest, obj: Suppression | None = None
    ) -> bool:
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: Suppression | None = None
    ) -> bool:
        if obj is not None and not obj.is_liftable:
            return False
        return super().has_delete_permission(request, obj)

    def delete_model(self, request: HttpRequest, obj: Suppression) -> None:
        lift(suppression=obj)

    def delete_queryset(
        self, request: HttpRequest, queryset: QuerySet[Suppression]
    ) -> None:
        for suppression in queryset:
            lift(suppression=suppression)


@admin.register(ImportJob)
class ImportJobAdmin(JobAdmin):
    list_display = (
        *("file_name", "kind", "account", "status", "rows_done", "rows_total"),
        *("rejected", "created_by", "created_at", "finished_at"),
    )
    list_filter = ("status", "kind", "created_at", "account")
    list_select_related = ("account", "created_by")
    search_fields = ("file_name", "created_by__email")
    search_help_text = _("Name of the file, or email of who uploaded it")


@admin.register(BulkJob)
class BulkJobAdmin(JobAdmin):
    list_display = (
        *("id", "act", "account", "status", "seen", "total", "changed"),
        *("created_by", "created_at", "finished_at"),
    )
    list_filter = ("status", "act", "created_at", "account")
    list_select_related = ("account", "created_by")
    search_fields = ("account__name", "created_by__email")
    search_help_text = _("Account, or email of who started it")


@admin.register(SavedFilter)
class SavedFilterAdmin(TenantAdmin):
    list_display = ("name", "account", "query")
    list_filter = ("account",)
    list_select_related = ("account",)
    search_fields = ("name", "account__name")
    autocomplete_fields = ("account",)


@admin.register(Attribute)
class AttributeAdmin(HistoryAdmin):
    list_display = ("name", "type", "account", "last_seen_at")
    list_filter = ("type", "account")
    list_select_related = ("account",)
    search_fields = ("name", "account__name")
