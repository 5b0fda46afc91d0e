"""Coming in and going out: allauth's views with our pages and addresses."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from allauth.account import views as account_views
from allauth.mfa.base import views as code_views
from allauth.socialaccount.providers.openid_connect import views as provider_views
from django.conf import settings
from django.contrib.auth.views import LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from requests import RequestException

from promoter.accounts.addresses import prove_address
from promoter.accounts.provider_pages import WANTED, away_or_wrong, not_in

log = logging.getLogger(__name__)

MOST_WANTED = 2_000
# How an answer fails that is JSON and lacks what it should have, or is no object at all.
MALFORMED = (KeyError, TypeError, AttributeError, ValueError)


class SignIn(account_views.LoginView):
    """Email and password; who is signed in already goes on to where they wanted."""

    template_name = "accounts/sign_in.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {
            "sign_up_open": settings.SIGN_UP_OPEN,
            "provider": settings.OIDC_NAME if has_provider() else "",
            "next": self.get_next_url() or "",
        }


class SignInCode(code_views.AuthenticateView):
    """The second step, for who has two-factor sign-in on."""

    template_name = "accounts/sign_in_code.html"


class SignOut(LogoutView):
    """By POST only: a link in a mail must not be able to sign anybody out."""

    http_method_names = ["post", "options"]


class SignUp(account_views.SignupView):
    """A person with an account of their own; a page that says so where it is closed."""

    template_name = "accounts/sign_up.html"
    template_name_signup_closed = "accounts/sign_up_closed.html"


class ConfirmAddress(account_views.ConfirmEmailView):
    """A GET asks, a POST confirms: mail scanners open every link."""

    template_name = "accounts/confirm_address.html"


class ChooseNewPassword(account_views.PasswordResetFromKeyView):
    """By the link in a mail. Every session of the person ends with the old password."""

    template_name = "accounts/password_new.html"

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        prove_address(self.reset_user)
        return response


@require_safe
def sign_in_by_provider(request: HttpRequest, provider_id: str) -> HttpResponse:
    """To the OpenID Connect provider; a page says so when it can't be reached."""
    if has_provider():
        request.session[WANTED] = request.GET.get("next", "")[:MOST_WANTED]
    return _by_provider(provider_views.login, request, provider_id)


@require_safe
def back_from_provider(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Signed in, or a page that says why not."""
    response = _by_provider(provider_views.callback, request, provider_id)
    if request.user.is_authenticated:
        request.session.pop(WANTED, None)
    return response


def _by_provider(
    view: Callable[[HttpRequest, str], HttpResponse], request: HttpRequest, provider_id: str
) -> HttpResponse:
    """What allauth lets through is mostly what the provider publishes of itself, which is
    asked for on both ways."""
    try:
        return view(request, provider_id)
    except (RequestException, *MALFORMED) as error:
        log.exception("The OpenID Connect provider did not say what it should")
        return not_in(request, away_or_wrong(error))


@require_safe
def switched_off(request: HttpRequest) -> HttpResponse:
    """Who has the right password of a sign-in that an operator switched off."""
    return render(request, "accounts/switched_off.html", status=403)


def has_provider() -> bool:
    return bool(settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"])
