"""The two doors to a tenant's data: account_required and for_account().

A view behind `account_required` has `request.account` and `request.membership`; it reads
every row through `for_account(...)`. A foreign id is 404, never 403: it says nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from promoter.accounts.models import Account, Membership, User

SESSION_KEY = "account_id"
RANK = {Membership.Role.VIEWER: 0, Membership.Role.EDITOR: 1, Membership.Role.OWNER: 2}

Row = TypeVar("Row", bound=models.Model)
View = Callable[..., HttpResponseBase]


class AccountRequest(HttpRequest):
    """The request of a signed-in person who works in an account."""

    user: User
    account: Account
    membership: Membership


def find_membership(request: AccountRequest) -> Membership | None:
    """The membership this session works in; None for who has no account."""
    memberships = request.user.memberships.select_related("account")
    chosen = request.session.get(SESSION_KEY)
    if chosen is not None:
        membership = memberships.filter(account_id=chosen).first()
        if membership is not None:
            return membership
    return memberships.first()


def has_role(membership: Membership, role: str) -> bool:
    """Whether the membership reaches the role: an owner is an editor too."""
    return RANK[Membership.Role(membership.role)] >= RANK[Membership.Role(role)]


def account_required(role: str = Membership.Role.VIEWER) -> Callable[[View], View]:
    """Let in who is signed in and has at least this role in the chosen account."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(asked: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not asked.user.is_authenticated:
                return redirect_to_login(asked.get_full_path())
            request = cast(AccountRequest, asked)
            membership = find_membership(request)
            if membership is None:
                return render(request, "accounts/no_account.html", status=403)
            request.membership = membership
            request.account = membership.account
            if not has_role(membership, role):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return wrapper

    return decorate


def for_account(model: type[Row], account: Account) -> models.QuerySet[Row]:
    """The account's rows of a model that has an `account`."""
    return model._default_manager.filter(account=account)
