"""The forms by which people come in, and those about themselves."""

from __future__ import annotations

from typing import Any, ClassVar
from zoneinfo import available_timezones

from allauth.account import forms as account_forms
from allauth.mfa.base import forms as code_forms
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from promoter.accounts.models import Account, Membership, User
from promoter.accounts.opening import open_account
from promoter.accounts.roles import Role

CHOOSE_WELL = _(
    "At least 8 characters, and none of the common ones. A short sentence is good."
)


class Plain(forms.Form):
    """No placeholders in place of labels, no colons, and our words."""

    words: ClassVar[dict[str, Any]] = {}
    hints: ClassVar[dict[str, Any]] = {}
    left_out: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        for name in self.left_out:
            self.fields.pop(name, None)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = self.words.get(name, field.label)
            field.help_text = self.hints.get(name, "")


class SignInForm(Plain, account_forms.LoginForm):
    """Email and password. One sentence for every refusal: it says nothing of who exists."""

    words: ClassVar = {"remember": _("Keep me signed in on this computer")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autocomplete"] = "username"


class SignUpForm(Plain, account_forms.SignupForm):
    """A person, and the account they open for their team."""

    words: ClassVar = {"email": _("Your email address"), "password1": _("Password")}
    hints: ClassVar = {"password1": CHOOSE_WELL}

    account_name = forms.CharField(label=_("Name of your company or team"), max_length=120)
    name = forms.CharField(
        label=_("Your name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    field_order = ("account_name", "name", "email", "password1")

    @transaction.atomic
    def save(self, request: HttpRequest) -> User:
        user: User = super().save(request)
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])
        account = Account(name=self.cleaned_data["account_name"])
        open_account(account=account, owner=user, now=timezone.now())
        return user


class ForgottenForm(Plain, account_forms.ResetPasswordForm):
    """Whose password is forgotten."""

    words: ClassVar = {"email": _("Email")}
    users: list[User]

    def clean_email(self) -> str:
        """Not by an address that waits for its proof: it may be a stranger's by mistake."""
        email: str = super().clean_email()
        self.users = [user for user in self.users if user.email == email]
        return email


class ResetForm(Plain, account_forms.ResetPasswordKeyForm):
    """The new password, by the link in a mail."""

    left_out = ("password2",)
    words: ClassVar = {"password1": _("New password")}
    hints: ClassVar = {"password1": CHOOSE_WELL}


class ChangePasswordForm(Plain, account_forms.ChangePasswordForm):
    """The new password, by who knows the old one."""

    left_out = ("password2",)
    words: ClassVar = {"oldpassword": _("Present password"), "password1": _("New password")}
    hints: ClassVar = {"password1": CHOOSE_WELL}


class SetPasswordForm(Plain, account_forms.SetPasswordForm):
    """The first password of who came by another way."""

    left_out = ("password2",)
    words: ClassVar = {"password1": _("Password")}
    hints: ClassVar = {"password1": CHOOSE_WELL}


class ChangeEmailForm(Plain, account_forms.AddEmailForm):
    """The address to sign in with, once it is confirmed."""

    words: ClassVar = {"email": _("New email address")}


class PasswordAgainForm(Plain, account_forms.ReauthenticateForm):
    """The password once more, before something that a thief would like."""


CODE_HINT = _("Six digits from your app, or one of your recovery codes.")


class _Code(Plain):
    words: ClassVar = {"code": "Code"}
    hints: ClassVar = {"code": CODE_HINT}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs |= {"inputmode": "numeric", "autofocus": True}


class CodeForm(_Code, code_forms.AuthenticateForm):
    """The second step of signing in."""


class CodeAgainForm(_Code, code_forms.ReauthenticateForm):
    """A code once more, before something that a thief would like."""


class FirstCodeForm(_Code, ActivateTOTPForm):
    """Proves that the app has the secret."""

    words: ClassVar = {"code": _("Code from the app")}
    hints: ClassVar = {"code": _("Six digits; they change every 30 seconds.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The page begins with the QR code; the focus would scroll past it on a phone.
        del self.fields["code"].widget.attrs["autofocus"]


def zone_choices(empty: str) -> list[tuple[str, str]]:
    """Every place of tzdata, by name; `empty` is the word for none."""
    places = sorted(
        name for name in available_timezones() if "/" in name and not name.startswith("Etc")
    )
    return [("", empty), ("UTC", "UTC"), *((name, name) for name in places)]


class PersonForm(Plain, forms.ModelForm):
    """What a person is called, what they read, and whose clock they live by."""

    words: ClassVar = {
        "name": _("Name"),
        "language": _("Language"),
        "time_zone": _("Time zone"),
    }
    hints: ClassVar = {
        "language": _("Of pages and of mail to you. Surveys have languages of their own."),
        "time_zone": _("Times on pages are in it. Reports keep to the account’s."),
    }

    class Meta:
        model = User
        fields = ("name", "language", "time_zone")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["autocomplete"] = "name"
        self.fields["time_zone"].widget = forms.Select(
            attrs={"translate": "no"}, choices=zone_choices(gettext("The account’s"))
        )
        self.fields["language"] = forms.ChoiceField(
            label=self.words["language"],
            help_text=self.hints["language"],
            choices=[("", gettext("The browser’s")), *settings.LANGUAGES],
            required=False,
        )
        if len(settings.LANGUAGES) == 1:
            del self.fields["language"]


class InviteForm(Plain):
    """Whom to ask into the account, as what."""

    email = forms.EmailField(label=_("Email address"))
    role = forms.ChoiceField(
        label=_("Role"), choices=Role.choices, initial=Role.EDITOR, required=True
    )

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account
        self.fields["email"].widget.attrs["autocomplete"] = "off"

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).lower()
        if Membership.objects.filter(account=self.account, user__email=email).exists():
            raise forms.ValidationError(
                gettext("%(email)s is in this account already.") % {"email": email}
            )
        return email


class NewPersonForm(Plain):
    """Who accepts an invitation and was never here before."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password = account_forms.SetPasswordField(label=_("Password"))
    hints: ClassVar = {"password": CHOOSE_WELL}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        password: Any = self.fields["password"]
        password.user = user


class AccountForm(Plain, forms.ModelForm):
    """One more account for who is here already."""

    words: ClassVar = {"name": _("Name of the company or team")}

    class Meta:
        model = Account
        fields = ("name",)
