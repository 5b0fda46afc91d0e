"""The operators' pages for what members are mailed about their account."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from promoter.lib.admin import HistoryAdmin
from surveys.models import Alert, AlertedAnswer, ScoreWatch, Subscription, TeamMail
from surveys.small_mail_admin import SmallMailAdmin


@admin.register(TeamMail)
class TeamMailAdmin(SmallMailAdmin):
    """Each digest and alert that was sent, or waits, or was not sent and why."""

    list_display = (
        *("id", "account", "person", "kind", "first", "last", "status"),
        *("due_at", "sent_at", "error"),
    )
    list_filter = ("kind", "status", "account")
    list_select_related = ("account", "membership__user")
    search_fields = ("membership__user__email",)
    search_help_text = _("The member’s email")
    date_hierarchy = "created_at"

    @admin.display(ordering="membership__user__email")
    def person(self, mail: TeamMail) -> str:
        return mail.membership.user.email


@admin.register(Subscription)
class SubscriptionAdmin(HistoryAdmin):
    list_display = (
        *("account", "person", "frequency", "wants_detractors", "wants_moves"),
        "next_at",
    )
    list_filter = ("frequency", "account")
    list_select_related = ("account", "membership__user")
    search_fields = ("membership__user__email",)

    @admin.display(ordering="membership__user__email")
    def person(self, subscription: Subscription) -> str:
        return subscription.membership.user.email


@admin.register(Alert)
class AlertAdmin(HistoryAdmin):
    list_display = ("at", "account", "kind", "last", "days")
    list_filter = ("kind", "account")
    list_select_related = ("account",)


@admin.register(AlertedAnswer)
class AlertedAnswerAdmin(HistoryAdmin):
    """Goes with its answer."""

    removable = True
    list_display = ("pk", "account", "settles_at", "alert")
    list_filter = ("account",)
    list_select_related = ("account", "alert")


@admin.register(ScoreWatch)
class ScoreWatchAdmin(HistoryAdmin):
    list_display = (
        *("account", "days", "direction", "looked_on", "told", "told_on", "next_at"),
    )
    list_filter = ("direction",)
    list_select_related = ("account",)
