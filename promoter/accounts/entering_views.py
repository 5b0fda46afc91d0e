"""The ways into an account: an invitation, one of one's own, another of one's accounts."""

from __future__ import annotations

from typing import cast

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from promoter.accounts.access import (
    AccountRequest,
    choose_account,
    enter_account,
    person_required,
)
from promoter.accounts.forms import AccountForm, NewPersonForm
from promoter.accounts.invitations import Invitation
from promoter.accounts.inviting import accept, accept_as_new
from promoter.accounts.models import Account, Membership, User
from promoter.accounts.opening import open_account


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """By the link in a mail: who holds it has the address, and nothing else is asked of it.

    A GET only shows: mail scanners open every link.
    """
    if request.user.is_authenticated:
        enter_account(cast(AccountRequest, request))
    found = Invitation.objects.with_token(token)
    state = _state(request, found)
    if found is None or state in {"unknown", "withdrawn", "accepted", "expired"}:
        return _page(request, found, state, status=404 if found is None else 410)
    if state == "new":
        return _new_person(request, found)
    if request.method == "POST" and state == "ready":
        user = cast(User, request.user)
        membership = accept(invitation=found, user=user, now=timezone.now())
        return _enter(request, membership) if membership else redirect(request.path)
    return _page(request, found, state)


def _state(request: HttpRequest, found: Invitation | None) -> str:
    """What the page is about; the first that holds."""
    if found is None:
        return "unknown"
    if found.withdrawn_at:
        return "withdrawn"
    if found.accepted_at:
        return "accepted"
    if found.is_expired(now=timezone.now()):
        return "expired"
    if request.user.is_authenticated:
        return "ready" if request.user.email == found.email else "other"
    return "known" if User.objects.filter(email=found.email).exists() else "new"


def _new_person(request: HttpRequest, found: Invitation) -> HttpResponse:
    person = User(email=found.email)
    form = NewPersonForm(request.POST or None, user=person)
    if request.method != "POST" or not form.is_valid():
        return _page(request, found, "new", form, status=422 if form.errors else 200)
    membership = accept_as_new(
        invitation=found,
        name=form.cleaned_data["name"],
        password=form.cleaned_data["password"],
        now=timezone.now(),
    )
    if membership is None:
        return redirect(request.path)
    record_authentication(request, membership.user, method="password")
    response: HttpResponse = perform_login(
        request, Login(user=membership.user, redirect_url="/")
    )
    _enter(request, membership)
    return response


def _enter(request: HttpRequest, membership: Membership) -> HttpResponse:
    choose_account(request, membership, now=timezone.now())
    messages.success(
        request, gettext("Welcome to %(account)s.") % {"account": membership.account}
    )
    return redirect("dashboard")


def _page(
    request: HttpRequest,
    found: Invitation | None,
    state: str,
    form: NewPersonForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "invitation": found,
        "state": state,
        "form": form,
        "may": Membership.Role(found.role).may if found else "",
    }
    return render(request, "accounts/invitation.html", context, status=status)


@person_required
@require_POST
def account_switch(request: AccountRequest) -> HttpResponse:
    """Work in another of one's accounts. Where one stands means nothing there: start."""
    chosen = request.POST.get("account", "")
    mine = {str(each.account_id): each for each in request.memberships}
    if chosen not in mine:
        raise Http404
    choose_account(request, mine[chosen], now=timezone.now())
    return redirect("dashboard")


@person_required
@require_http_methods(["GET", "HEAD", "POST"])
def account_create(request: AccountRequest) -> HttpResponse:
    """One more account, where sign-up is open."""
    if not settings.SIGN_UP_OPEN:
        return render(request, "accounts/sign_up_closed.html")
    form = AccountForm(request.POST or None, instance=Account())
    if request.method == "POST" and form.is_valid():
        limited: HttpResponse | None = ratelimit.consume_or_429(
            request, action="open_account"
        )
        if limited:
            return limited
        now = timezone.now()
        membership = open_account(account=form.instance, owner=request.user, now=now)
        choose_account(request, membership, now=now)
        messages.success(
            request, gettext("%(account)s is open.") % {"account": membership.account}
        )
        return redirect("dashboard")
    status = 422 if form.errors else 200
    return render(request, "accounts/account_create.html", {"form": form}, status=status)
