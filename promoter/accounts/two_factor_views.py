"""A person's second step of signing in: an app's code, and codes for when it is lost."""

from __future__ import annotations

from typing import Any

from allauth.account import views as account_views
from allauth.mfa.base import views as code_views
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as recovery_views
from allauth.mfa.totp import views as totp_views
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from promoter.accounts.access import person_required


@method_decorator(person_required, name="dispatch")
class TwoFactor(code_views.IndexView):
    """Whether it is on, and how to change that."""

    template_name = "accounts/two_factor.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        found = context["authenticators"]
        codes = found.get(Authenticator.Type.RECOVERY_CODES)
        return context | {
            "is_on": Authenticator.Type.TOTP in found,
            "codes_left": len(codes.get_unused_codes()) if codes else 0,
        }


@method_decorator([person_required, never_cache], name="dispatch")
class TurnOn(totp_views.ActivateTOTPView):
    """The secret, as a QR code and as text, until a code proves that the app has it."""

    template_name = "accounts/two_factor_on.html"


@method_decorator(person_required, name="dispatch")
class TurnOff(totp_views.DeactivateTOTPView):
    """Asks first; nothing to turn off leads back."""

    template_name = "accounts/two_factor_off.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        except Http404:
            return redirect("mfa_index")
        return response


@method_decorator([person_required, never_cache], name="dispatch")
class RecoveryCodes(recovery_views.ViewRecoveryCodesView):
    """Each signs in once, when the phone is lost."""

    template_name = "accounts/recovery_codes.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            response: HttpResponseBase = super().get(request, *args, **kwargs)
        except Http404:
            return redirect("mfa_index")
        return response


@method_decorator([person_required, never_cache, require_safe], name="dispatch")
class RecoveryCodesFile(recovery_views.DownloadRecoveryCodesView):
    """The same as a text file, after the same proof of who asks; nothing keeps a copy."""

    template_name = "accounts/recovery_codes.txt"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        except Http404:
            return redirect("mfa_index")
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"site": settings.SITE_URL}


@method_decorator(person_required, name="dispatch")
class NewRecoveryCodes(recovery_views.GenerateRecoveryCodesView):
    """Asks first: the old ones stop to work."""

    template_name = "accounts/recovery_codes_new.html"


@method_decorator(person_required, name="dispatch")
class PasswordAgain(account_views.ReauthenticateView):
    """The password once more, before something that a thief would like."""

    template_name = "accounts/again.html"


@method_decorator(person_required, name="dispatch")
class CodeAgain(code_views.ReauthenticateView):
    """Or a code instead."""

    template_name = "accounts/again.html"
