"""What a person sets for themselves, in whichever account they work."""

from __future__ import annotations

from typing import Any, cast

from allauth.account import views as account_views
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from promoter.accounts.access import AccountRequest, person_required
from promoter.accounts.addresses import confirm_if_unasked
from promoter.accounts.forms import PersonForm
from promoter.accounts.models import User


@person_required
@require_http_methods(["GET", "HEAD", "POST"])
def person(request: AccountRequest) -> HttpResponse:
    """Name and time zone, and the ways to the rest."""
    form = PersonForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, gettext("Saved."))
        return redirect("person")
    if form.errors:
        # The form has put what is wrong on the person; the header shows who they are.
        request.user.refresh_from_db()
    two_factor = Authenticator.objects.filter(
        user=request.user, type=Authenticator.Type.TOTP
    )
    context = {
        "form": form,
        "has_password": request.user.has_usable_password(),
        "new_address": EmailAddress.objects.get_new(request.user),
        "two_factor_on": two_factor.exists(),
    }
    status = 422 if form.errors else 200
    return render(request, "accounts/person.html", context, status=status)


@method_decorator(person_required, name="dispatch")
class ChangeAddress(account_views.EmailView):
    """A new address counts once it is confirmed; until then the old one does."""

    template_name = "accounts/person_email.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        # Else allauth would take the present address for the one that waits.
        confirm_if_unasked(cast(User, request.user))
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        messages.success(
            self.request,
            gettext("We have sent a link to %(email)s. Open it to confirm.")
            % {"email": form.cleaned_data["email"]},
        )
        return response


@method_decorator(person_required, name="dispatch")
class ChangePassword(account_views.PasswordChangeView):
    """Ends the person's sessions in other browsers."""

    template_name = "accounts/person_password.html"

    def get_default_success_url(self) -> str:
        return str(reverse_lazy("person"))


@method_decorator(person_required, name="dispatch")
class SetPassword(account_views.PasswordSetView):
    """For who came by the provider and has none yet."""

    template_name = "accounts/person_password.html"

    def get_default_success_url(self) -> str:
        return str(reverse_lazy("person"))
