"""The operators' pages for the mails that are not surveys."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from promoter.lib.admin import HistoryAdmin, ask_first
from surveys.models import CaseMail, ForwardedResponse
from surveys.small_mails import SmallMail


class SmallMailAdmin(HistoryAdmin):
    """Mail to the team or to one person. Goes with its answer."""

    removable = True
    actions = ("retry",)

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(f"surveys.change_{self.opts.model_name}")

    @admin.action(description=_("Send the chosen failed ones again"), permissions=["retry"])
    def retry(self, request: HttpRequest, mails: QuerySet[Any]) -> TemplateResponse | None:
        page = ask_first(
            *(self, request, mails),
            action="retry",
            question=gettext("Send these again?"),
            consequence=gettext(
                "Each that failed, or may have left or not, is sent within a minute. One "
                "that did arrive then arrives twice."
            ),
        )
        if page is None:
            resting = self.model._default_manager.filter(
                pk__in=mails.values("pk"), status__in=SmallMail.RESTING
            )
            count = resting.update(**SmallMail.anew(now=timezone.now()))
            messages.success(request, gettext("Sent again: %(count)s.") % {"count": count})
        return page


@admin.register(ForwardedResponse)
class ForwardedResponseAdmin(SmallMailAdmin):
    list_display = ("id", "account", "response", "status", "due_at", "sent_at", "error")
    list_filter = ("status", "account")
    list_select_related = ("account", "response")


@admin.register(CaseMail)
class CaseMailAdmin(SmallMailAdmin):
    list_display = ("id", "account", "kind", "status", "due_at", "sent_at", "error")
    list_filter = ("kind", "status", "account")
    list_select_related = ("account",)
