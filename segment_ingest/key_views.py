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
from django.views.decorators.http import require_http_methods, require_safe

from promoter.accounts.access import AccountRequest, account_required, for_account, has_role
from promoter.accounts.audit import note
from promoter.accounts.audit_actions import Action
from promoter.accounts.models import ApiKey, Membership
from segment_ingest.connect import MOST_KEYS

OWNER = Membership.Role.OWNER
# Revoked ones that are still shown: enough to know what was here.
MOST_REVOKED = 20


class KeyNameForm(forms.ModelForm):  # type: ignore[type-arg]
    """What the team calls a key."""

    error_css_class = "invalid"

    class Meta:
        model = ApiKey
        fields = ("name",)
        help_texts: ClassVar[dict[str, str]] = {
            "name": "Where it is used, for example “Shop, production”."
        }
        error_messages: ClassVar[dict[str, Any]] = {
            "name": {"required": "Give the key a name."}
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
    """The events that came with it keep the name it had."""
    keys = for_account(ApiKey, request.account).filter(revoked_at=None)
    key = get_object_or_404(keys, pk=pk)
    form = KeyNameForm(request.POST or None, instance=key)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            key.save(update_fields=["name"])
            if form.has_changed():
                note(request, Action.KEY_RENAMED, key, now=timezone.now())
        messages.success(request, f"The key is called “{key.name}” now.")
        return redirect("api-key-list")
    status = 422 if form.errors else 200
    return render(
        request, "settings/key_rename.html", {"form": form, "key": key}, status=status
    )
