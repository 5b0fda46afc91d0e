"""Coming in and going out: allauth's views with our pages and addresses."""

from __future__ import annotations

import logging
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

log = logging.getLogger(__name__)


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
    try:
        response: HttpResponse = provider_views.login(request, provider_id)
    except (RequestException, KeyError):
        # It is away, or what it publishes lacks an address that it needs.
        log.exception("The OpenID Connect provider did not say where to sign in")
        context = {"why": "failed", "provider": settings.OIDC_NAME}
        return render(request, "accounts/provider_refused.html", context, status=503)
    return response


@require_safe
def switched_off(request: HttpRequest) -> HttpResponse:
    """Who has the right password of a sign-in that an operator switched off."""
    return render(request, "accounts/switched_off.html", status=403)


def has_provider() -> bool:
    return bool(settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"])
