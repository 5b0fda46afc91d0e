"""The operators' pages for what Segment sent and how much of it."""

from __future__ import annotations

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from promoter.lib.admin import HistoryAdmin, json_text
from segment_ingest.models import (
    Connection,
    DailyUsage,
    ErasedUser,
    EventCount,
    RefusedRequest,
    Replay,
    SegmentMessage,
)


@admin.register(SegmentMessage)
class SegmentMessageAdmin(HistoryAdmin):
    """No date hierarchy: at millions of rows its years and months cost a full scan."""

    list_display = (
        *("id", "type", "event", "user_id", "outcome", "detail", "account"),
        *("received_at", "processed_at"),
    )
    list_filter = ("verdict", "type", "received_at", "account")
    list_select_related = ("account",)
    search_fields = ("message_id__exact", "user_id__exact", "event__exact")
    search_help_text = _("Exact messageId, userId or event name")
    fields = (
        *("account", "type", "event", "user_id", "message_id", "pretty_body"),
        *("timestamp", "received_at", "outcome", "detail", "survey", "processed_at"),
    )
    readonly_fields = ("pretty_body", "outcome")

    @admin.display(description="verdict", ordering="verdict")
    def outcome(self, message: SegmentMessage) -> str:
        return str(message.get_verdict_display())

    @admin.display(description="body")
    def pretty_body(self, message: SegmentMessage) -> SafeString | str:
        if message.body is None:
            return gettext("Dropped: older than the time that bodies are kept.")
        return json_text(message.body)


@admin.register(DailyUsage)
class DailyUsageAdmin(HistoryAdmin):
    list_display = ("day", "account", "accepted", "duplicates", "rejected", "refused")
    list_filter = ("day", "account")
    list_select_related = ("account",)
    search_fields = ("account__name",)
    date_hierarchy = "day"


@admin.register(EventCount)
class EventCountAdmin(HistoryAdmin):
    list_display = ("day", "account", "type", "event", "count", "last_seen_at")
    list_filter = ("day", "type", "account")
    list_select_related = ("account",)
    search_fields = ("event__exact",)


@admin.register(ErasedUser)
class ErasedUserAdmin(HistoryAdmin):
    list_display = ("id", "account", "erased_at")
    list_filter = ("account",)
    list_select_related = ("account",)
    exclude = ("user_id_digest",)


@admin.register(Connection)
class ConnectionAdmin(HistoryAdmin):
    """Without the token and the secrets: they are for the account's own people."""

    list_display = ("name", "account", "takes_unsigned", "last_event_at", "revoked_at")
    list_filter = ("account",)
    list_select_related = ("account",)
    search_fields = ("name", "account__name")
    exclude = ("token", "secret", "old_secret")


@admin.register(RefusedRequest)
class RefusedRequestAdmin(HistoryAdmin):
    list_display = ("last_at", "account", "code", "count", "way_in", "message")
    list_filter = ("code", "account")
    list_select_related = ("account",)
    search_fields = ("account__name",)


@admin.register(Replay)
class ReplayAdmin(HistoryAdmin):
    list_display = ("id", "campaign", "kind", "sends", "status", "seen", "created_at")
    list_filter = ("kind", "status", "account")
    list_select_related = ("campaign",)
    search_fields = ("campaign__name",)
