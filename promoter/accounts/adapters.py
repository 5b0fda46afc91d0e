"""What we tell allauth: our words, our mails, and who may come in."""

from __future__ import annotations

import base64
import hashlib
import logging
from typing import Any, NoReturn, cast
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base.constants import AuthError
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from promoter.accounts.addresses import confirm_if_unasked
from promoter.accounts.language import language_for_address
from promoter.accounts.models import Invitation, User
from promoter.accounts.notices import page_address, send_notice
from promoter.accounts.provider_pages import away_or_wrong, not_in

log = logging.getLogger(__name__)

# What a provider says of itself, and of the person, instead of letting them in.
AWAY = {"temporarily_unavailable", "server_error"}
DECLINED = {"access_denied", "login_required", "consent_required"}
DECLINED |= {"interaction_required", "account_selection_required"}
# By allauth's name of the occasion: the subject, our template, and why it comes.
BY_REQUEST = _("somebody, probably you, entered this address at Promoter.")
BY_CHANGE = _("it is about the safety of your sign-in.")
MAILS = {
    "account/email/email_confirmation_signup": (
        _("Confirm your email address"),
        "confirm_sign_up",
        BY_REQUEST,
    ),
    "account/email/email_confirmation": (
        _("Confirm your email address"),
        "confirm_address",
        BY_REQUEST,
    ),
    "account/email/account_already_exists": (
        _("You have a sign-in already"),
        "already_signed_up",
        BY_REQUEST,
    ),
    "account/email/unknown_account": (
        _("No sign-in with this address"),
        "unknown_address",
        BY_REQUEST,
    ),
    "account/email/password_reset_key": (
        _("Choose a new password"),
        "password_reset",
        BY_REQUEST,
    ),
    "account/email/password_reset": (
        _("Your password was changed"),
        "password_changed",
        BY_CHANGE,
    ),
    "account/email/password_changed": (
        _("Your password was changed"),
        "password_changed",
        BY_CHANGE,
    ),
    "account/email/password_set": (
        _("Your password was set"),
        "password_changed",
        BY_CHANGE,
    ),
    "account/email/email_changed": (
        _("Your email address was changed"),
        "address_changed",
        BY_CHANGE,
    ),
    "mfa/email/totp_activated": (
        _("Two-factor sign-in is on"),
        "two_factor_on",
        BY_CHANGE,
    ),
    "mfa/email/totp_deactivated": (
        _("Two-factor sign-in is off"),
        "two_factor_off",
        BY_CHANGE,
    ),
    "mfa/email/recovery_codes_generated": (
        _("You have new recovery codes"),
        "new_recovery_codes",
        BY_CHANGE,
    ),
    "socialaccount/email/account_connected": (
        _("Your sign-in has a second way in"),
        "provider_connected",
        BY_CHANGE,
    ),
}
# A new address that is dropped before it is confirmed never counted.
QUIET = {"account/email/email_deleted"}
TAKEN = "account/messages/email_confirmation_failed.txt"
# What a page says after an act; what stands here under no name needs no words.
SENTENCES = {
    "account/messages/email_confirmed.txt": _("{email} is confirmed."),
    TAKEN: _("{email} can’t be confirmed: it belongs to another sign-in."),
    "account/messages/password_changed.txt": _(
        "Your password is changed. Other browsers are signed out."
    ),
    "account/messages/password_set.txt": _("Your password is set."),
    "mfa/messages/totp_activated.txt": _("Two-factor sign-in is on."),
    "mfa/messages/totp_deactivated.txt": _("Two-factor sign-in is off."),
    "mfa/messages/recovery_codes_generated.txt": _(
        "You have new recovery codes. Keep them where your phone is not."
    ),
}
TOO_MANY = _("That was too often. Wait five minutes, then try again.")


class AccountAdapter(DefaultAccountAdapter):
    """Sign-in by email, sign-up where it is open, and mails in our own words."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _(
            "We don’t know this email and password together. "
            "Check both; capitals matter in the password."
        ),
        "incorrect_password": _("This is not your password. Capitals matter."),
        "enter_current_password": _("This is not your password. Capitals matter."),
        "duplicate_email": _("This is your address already."),
        "incorrect_code": _("This code is not right. Codes change every 30 seconds."),
        "invalid_password_reset": _("This link is used up or too old."),
        "too_many_login_attempts": TOO_MANY,
        "rate_limited": TOO_MANY,
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.SIGN_UP_OPEN)

    def pre_login(
        self, request: HttpRequest, user: User, **more: Any
    ) -> HttpResponse | None:
        response = cast("HttpResponse | None", super().pre_login(request, user, **more))
        if response is None:
            confirm_if_unasked(user)
        return response

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        others = User.objects.exclude(pk=email_address.user_id)
        if others.filter(email=email_address.email).exists():
            # Somebody came by it meanwhile, or had it all along.
            self.add_message(request, messages.ERROR, TAKEN, {"email": email_address.email})
            return False
        return bool(super().confirm_email(request, email_address))

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        sentence = str(SENTENCES.get(message_template or "", ""))
        text = message or sentence.format(**(message_context or {}))
        if text:
            messages.add_message(request, level, text)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """An occasion of neither table is a mistake of ours: KeyError."""
        if template_prefix in QUIET:
            return
        subject, template, why = MAILS[template_prefix]
        context |= {
            "email": email,
            "site": settings.SITE_URL,
            "sign_up_open": settings.SIGN_UP_OPEN,
        }
        # The new address of who changes theirs is nobody's yet: they ask for it here.
        with translation.override(language_for_address(email)):
            text = render_to_string(f"emails/people/{template}.txt", context).strip()
            sent = send_notice(to=[email], subject=str(subject), text=text, why=str(why))
        if not sent:
            # To known and unknown addresses alike: it says nothing of who exists.
            messages.error(
                self.request,
                gettext(
                    "Our mail server did not take the mail. Try again in a few minutes."
                ),
            )

    def get_reset_password_from_key_url(self, key: str) -> str:
        # SITE_URL, not the host that the request named.
        return page_address(urlsplit(super().get_reset_password_from_key_url(key)).path)

    def get_email_confirmation_url(self, request: HttpRequest, confirmation: Any) -> str:
        url = super().get_email_confirmation_url(request, confirmation)
        return page_address(urlsplit(url).path)


class TwoFactorAdapter(DefaultMFAAdapter):
    """The secrets of authenticator apps are encrypted: a copy of the database has none.

    Under a SECRET_KEY that is neither the present one nor a fallback no code is right.
    """

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _(
            "This code is not right. Codes change every 30 seconds, and each works once."
        ),
        "unverified_email": _("First confirm the new email address that you asked for."),
    }

    def encrypt(self, text: str) -> str:
        return _vault().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return _vault().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            # Base32 of a secret that nobody has; what is drawn anew each time is no door.
            return base64.b32encode(Fernet.generate_key()).decode()


def _vault() -> MultiFernet:
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    digests = (hashlib.sha256(f"promoter.two-factor.{key}".encode()) for key in keys)
    return MultiFernet(
        [Fernet(base64.urlsafe_b64encode(digest.digest())) for digest in digests]
    )


class ProviderAdapter(DefaultSocialAccountAdapter):
    """Sign-in by OpenID Connect: known people, invited ones, all where sign-up is open."""

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        if sociallogin.is_existing:
            return
        confirmed = [each.email for each in sociallogin.email_addresses if each.verified]
        if not confirmed:
            self._refuse(request, "unconfirmed")
        waiting = Invitation.objects.open(now=timezone.now()).filter(email__in=confirmed)
        if not (settings.SIGN_UP_OPEN or waiting.exists()):
            self._refuse(request, "unknown")

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Whom pre_social_login let through."""
        return True

    def populate_user(
        self, request: HttpRequest, sociallogin: Any, data: dict[str, Any]
    ) -> User:
        user = cast(User, super().populate_user(request, sociallogin, data))
        user.name = str(data.get("name") or "")[:120]
        return user

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: str = AuthError.UNKNOWN,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> NoReturn:
        """The codes are OAuth's: what the provider put into the address it sent back."""
        said = request.GET.get("error", "")
        log.warning("No sign-in by the provider: %s", said or error, exc_info=exception)
        if exception is not None:
            why = away_or_wrong(exception)
        elif said:
            why = "away" if said in AWAY else "declined" if said in DECLINED else "wrong"
        else:
            why = "wrong" if "state" in (extra_context or {}) else "late"
        self._refuse(request, why)

    def _refuse(self, request: HttpRequest, why: str) -> NoReturn:
        raise ImmediateHttpResponse(not_in(request, why))
