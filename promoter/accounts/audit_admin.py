"""The operators' pages for what an account has on record about itself."""

from __future__ import annotations

from django.contrib import admin

from promoter.accounts.models import AuditEvent, SenderCheck
from promoter.lib.admin import HistoryAdmin


@admin.register(AuditEvent)
class AuditEventAdmin(HistoryAdmin):
    list_display = ("at", "account", "actor_email", "action", "target_label")
    list_filter = ("at", "account")
    list_select_related = ("account",)
    search_fields = ("actor_email", "action", "target_label", "account__name")
    date_hierarchy = "at"


@admin.register(SenderCheck)
class SenderCheckAdmin(HistoryAdmin):
    removable = True
    list_display = ("account", "domain", "selector", "checked_at")
    list_filter = ("checked_at",)
    list_select_related = ("account",)
    search_fields = ("domain", "account__name")
