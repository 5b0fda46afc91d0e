"""The two doors to a tenant's data: account_required and for_account().

A view behind `account_required` has `request.account` and `request.membership`; it reads
every row through `for_account(...)`. A foreign id is 404, never 403: it says nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar, cast

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from promoter.accounts.models import Account, Invitation, Membership, User
from promoter.lib.templatetags.ui import FORM_ACCOUNT

SESSION_KEY = "account_id"

Row = TypeVar("Row", bound=models.Model)
View = Callable[..., HttpResponseBase]


class AccountRequest(HttpRequest):
    """The request of a signed-in person who works in an account."""

    user: User
    account: Account
    membership: Membership
    memberships: list[Membership]


def enter_account(request: AccountRequest) -> Membership | None:
    """Put the account this session works in on the request; None for who has none.

    The one the session chose, or else the one the person chose last, wherever that was.
    """
    request.memberships = list(request.user.memberships.select_related("account"))
    chosen = request.session.get(SESSION_KEY)
    membership = max(
        request.memberships,
        key=lambda each: (
            each.account_id == chosen,
            each.last_used_at or each.created_at,
            -each.pk,
        ),
        default=None,
    )
    if membership is not None:
        request.membership = membership
        request.account = membership.account
    return membership


def choose_account(request: HttpRequest, membership: Membership, *, now: datetime) -> None:
    """This session works in that account from now on, and so does the next sign-in."""
    request.session[SESSION_KEY] = membership.account_id
    Membership.objects.filter(pk=membership.pk).update(last_used_at=now)


def hold(account: Account) -> None:
    """Let nobody else who asks for it go on before the transaction ends.

    Then names checked as free are free when they are written. FOR NO KEY UPDATE: rows
    that only refer to the account (every arriving event) don't wait. SQLite ignores the
    lock and needs none: its transactions that may write exclude each other.
    """
    list(Account.objects.select_for_update(no_key=True).filter(pk=account.pk))


def has_role(membership: Membership, role: str) -> bool:
    """Whether the membership reaches the role: an owner is an editor too."""
    return Membership.Role(membership.role).reaches(role)


def no_account(request: AccountRequest) -> HttpResponse:
    """Who is in no account sees the ways into one: an invitation, or one of their own."""
    waiting = Invitation.objects.open(now=timezone.now()).filter(email=request.user.email)
    context = {
        "invitations": waiting.select_related("account"),
        "sign_up_open": settings.SIGN_UP_OPEN,
    }
    return render(request, "accounts/no_account.html", context, status=403)


def _is_of_another_account(request: AccountRequest) -> bool:
    """Whether the form was opened before the person switched, in another tab or browser.
    One that names no account was written by hand."""
    named = request.POST.get(FORM_ACCOUNT, "") if request.method == "POST" else ""
    return named not in ("", str(request.account.pk))


def other_account(request: AccountRequest) -> HttpResponse:
    """What was typed for one account is not done to another: 409, with the way back."""
    named = request.POST[FORM_ACCOUNT]
    mine = [each for each in request.memberships if str(each.account_id) == named]
    context = {"theirs": next(iter(mine), None)}
    return render(request, "accounts/other_account.html", context, status=409)


def account_required(role: str = Membership.Role.VIEWER) -> Callable[[View], View]:
    """Let in who is signed in and has at least this role in the chosen account, unless an
    operator has suspended it, or what is posted was meant for another."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(asked: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not asked.user.is_authenticated:
                return redirect_to_login(asked.get_full_path())
            request = cast(AccountRequest, asked)
            membership = enter_account(request)
            if membership is None:
                return no_account(request)
            if membership.account.suspended_at is not None:
                return render(request, "accounts/suspended.html", status=403)
            if _is_of_another_account(request):
                return other_account(request)
            if not has_role(membership, role):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return wrapper

    return decorate


def person_required(view: View) -> View:
    """Let in who is signed in, in whatever account: a page about the person themselves."""

    @wraps(view)
    def wrapper(asked: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not asked.user.is_authenticated:
            return redirect_to_login(asked.get_full_path())
        enter_account(cast(AccountRequest, asked))
        return view(asked, *args, **kwargs)

    return wrapper


def for_account(model: type[Row], account: Account) -> models.QuerySet[Row]:
    """The account's rows of a model that has an `account`."""
    return model._default_manager.filter(account=account)
