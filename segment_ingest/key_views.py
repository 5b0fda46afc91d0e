"""Settings: the account's API keys, when each was last used, and what they are called.

Connect makes and revokes them: a new key is shown there with what to do with it.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from promoter.accounts.access import AccountRequest, account_required, for_account, has_role
from promoter.accounts.audit import note
from promoter.accounts.audit_actions import Action
from promoter.accounts.models import ApiKey, Membership
from segment_ingest.connect import MOST_KEYS
from segment_ingest.key_forms import BrowserKeyForm

OWNER = Membership.Role.OWNER
# Revoked ones that are still shown: enough to know what was here.
MOST_REVOKED = 20


class KeyNameForm(forms.ModelForm):  # type: ignore[type-arg]
    """What the team calls a key."""

    error_css_class = "invalid"

    class Meta:
        model = ApiKey
        fields = ("name",)
        labels: ClassVar[dict[str, Any]] = {"name": _("Name")}
        help_texts: ClassVar[dict[str, Any]] = {
            "name": _("Where it is used, for example “Shop, production”.")
        }
        error_messages: ClassVar[dict[str, Any]] = {
            "name": {"required": _("Give the key a name.")}
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.fields["name"].widget.attrs["autocomplete"] = "off"


@account_required()
@require_safe
def api_key_list(request: AccountRequest) -> HttpResponse:
    """Everybody sees which keys there are; their text is nowhere."""
    keys = for_account(ApiKey, request.account)
    usable = list(keys.filter(revoked_at=None))
    context = {
        "now": timezone.now(),
        "keys": usable,
        "revoked": keys.exclude(revoked_at=None).order_by("-revoked_at")[:MOST_REVOKED],
        "may_manage": has_role(request.membership, OWNER),
        "key_limit": MOST_KEYS,
    }
    return render(request, "settings/keys.html", context)


@account_required(OWNER)
@require_http_methods(["GET", "HEAD", "POST"])
def api_key_rename(request: AccountRequest, pk: int) -> HttpResponse:
    """The events that came with it keep the name it had. A browser key's websites may
    change too: its pages need no new key for that."""
    keys = for_account(ApiKey, request.account).filter(revoked_at=None)
    key = get_object_or_404(keys, pk=pk)
    form = KeyNameForm(request.POST or None, instance=key)
    websites = None
    if key.is_browser:
        initial = {"allowed_origins": "\n".join(key.allowed_origins)}
        websites = BrowserKeyForm(request.POST or None, initial=initial)
    forms_ = [each for each in (form, websites) if each is not None]
    if request.method == "POST" and all(each.is_valid() for each in forms_):
        _store(request, key, form, websites)
        messages.success(request, gettext("The key “%(name)s” is saved.") % vars(key))
        return redirect("api-key-list")
    status = 422 if any(each.errors for each in forms_) else 200
    context = {"form": form, "websites": websites, "key": key}
    return render(request, "settings/key_rename.html", context, status=status)


def _store(
    request: AccountRequest, key: ApiKey, form: KeyNameForm, websites: BrowserKeyForm | None
) -> None:
    now = timezone.now()
    with transaction.atomic():
        if form.has_changed():
            key.save(update_fields=["name"])
            note(request, Action.KEY_RENAMED, key, now=now)
        if websites is not None and websites.has_changed():
            key.allowed_origins = websites.cleaned_data["allowed_origins"]
            key.save(update_fields=["allowed_origins"])
            note(request, Action.KEY_WEBSITES, key, now=now)
