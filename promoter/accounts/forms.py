"""The forms by which people come in."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest


class SignInForm(AuthenticationForm):
    """Email and password. One sentence for every refusal: it says nothing of who exists."""

    error_messages = {
        "invalid_login": "We don't know this email and password together. "
        "Check both; capitals matter in the password.",
        "inactive": "This sign-in is switched off. Ask the owner of your account.",
    }

    def __init__(self, request: HttpRequest | None = None, **kwargs: Any) -> None:
        super().__init__(request, label_suffix="", **kwargs)
        email = self.fields["username"]
        email.label = "Email"
        email.widget.attrs |= {"autocomplete": "username", "inputmode": "email"}
        self.fields["password"].widget.attrs["autocomplete"] = "current-password"

    def clean_username(self) -> str:
        # Kept in lower case; a phone likes to start with a capital.
        return str(self.cleaned_data["username"]).strip().lower()
