"""What operators may do to long work: cancel it, and have what failed tried again."""

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


class JobAdmin(HistoryAdmin):
    """The page of one kind of job."""

    actions = ("cancel", "retry")

    def has_act_permission(self, request: HttpRequest) -> bool:
        label, name = self.opts.app_label, self.opts.model_name
        return request.user.has_perm(f"{label}.change_{name}")

    @admin.action(description=_("Cancel the chosen"), permissions=["act"])
    def cancel(self, request: HttpRequest, jobs: QuerySet[Any]) -> TemplateResponse | None:
        asked = ask_first(
            *(self, request, jobs),
            action="cancel",
            question=gettext("Cancel these?"),
            consequence=gettext("What is done until now stays done; the rest is not done."),
        )
        if asked is None:
            now = timezone.now()
            count = sum(job.cancel(now=now) for job in jobs)
            messages.success(request, gettext("Cancelled: %(count)s.") % {"count": count})
        return asked

    @admin.action(description=_("Try the chosen failed ones again"), permissions=["act"])
    def retry(self, request: HttpRequest, jobs: QuerySet[Any]) -> TemplateResponse | None:
        asked = ask_first(
            *(self, request, jobs),
            action="retry",
            question=gettext("Try these again?"),
            consequence=gettext(
                "Each that failed goes on where it stopped, within seconds; what was done "
                "is not done twice. An import goes on as long as its file is kept, for "
                "seven days."
            ),
        )
        if asked is None:
            now = timezone.now()
            count = sum(job.retry(now=now) for job in jobs)
            messages.success(request, gettext("Tried again: %(count)s.") % {"count": count})
        return asked
