"""Coming in and going out."""

from __future__ import annotations

from django.contrib.auth.views import LoginView, LogoutView

from promoter.accounts.forms import SignInForm


class SignIn(LoginView):
    """Email and password; who is signed in already goes on to where they wanted."""

    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True


class SignOut(LogoutView):
    """By POST only: a link in a mail must not be able to sign anybody out."""

    http_method_names = ["post", "options"]
