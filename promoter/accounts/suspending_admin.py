"""The operators' acts on whole accounts, each after a question."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from promoter.accounts.models import Account, User
from promoter.accounts.suspending import let_send, resume, stop_sending, suspend
from promoter.lib.admin import ask_first

Accounts = QuerySet[Account]


class StandingActions:
    """For the accounts' page: suspend and resume, stop mail and let it go."""

    @admin.action(description=_("Suspend the accounts"), permissions=["change"])
    def suspend(self, request: HttpRequest, rows: Accounts) -> TemplateResponse | None:
        return _ask(
            *(self, request, rows, suspend),
            question=gettext("Suspend these accounts?"),
            consequence=gettext(
                "Their people see one page that says so, none of their mail leaves, and "
                "Segment’s events are refused and lost (403). Answers and unsubscribes by "
                "the links in mail that was sent are still taken."
            ),
        )

    @admin.action(description=_("End the suspension"), permissions=["change"])
    def resume(self, request: HttpRequest, rows: Accounts) -> TemplateResponse | None:
        return _ask(
            *(self, request, rows, resume),
            question=gettext("Let these accounts go on?"),
            consequence=gettext(
                "Their people work again, events are taken, and mail that is due leaves at "
                "once, but for what has become too late."
            ),
        )

    @admin.action(description=_("Stop their survey mail"), permissions=["change"])
    def stop_sending(self, request: HttpRequest, rows: Accounts) -> TemplateResponse | None:
        return _ask(
            *(self, request, rows, stop_sending),
            question=gettext("Stop the survey mail of these accounts?"),
            consequence=gettext(
                "What is due waits until an operator lets it go; their owners see a "
                "banner and can’t. Everything else goes on."
            ),
        )

    @admin.action(description=_("Let their survey mail go"), permissions=["change"])
    def let_send(self, request: HttpRequest, rows: Accounts) -> TemplateResponse | None:
        return _ask(
            *(self, request, rows, let_send),
            question=gettext("Let the survey mail of these accounts go?"),
            consequence=gettext(
                "Mail that is due leaves at once, but for what has become too late."
            ),
        )


def _ask(
    page: Any,
    request: HttpRequest,
    accounts: Accounts,
    act: Callable[..., bool],
    *,
    question: str,
    consequence: str,
) -> TemplateResponse | None:
    asked = ask_first(
        page,
        request,
        accounts,
        action=act.__name__,
        question=question,
        consequence=consequence,
    )
    if asked is None:
        by, now = cast(User, request.user), timezone.now()
        changed = sum(act(account=account, by=by, now=now) for account in accounts)
        messages.success(request, gettext("Changed: %(count)s.") % {"count": changed})
    return asked
