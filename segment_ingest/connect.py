"""Connect: where the events go, and the keys that say whose they are."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from promoter.accounts.access import AccountRequest, account_required, for_account, has_role
from promoter.accounts.audit import note
from promoter.accounts.audit_actions import Action
from promoter.accounts.models import ApiKey, Membership
from segment_ingest.connections import Connection
from segment_ingest.key_forms import BrowserKeyForm
from segment_ingest.snippets import snippet_values
from segment_ingest.testing_form import TestEventForm

MOST_KEYS = 10


@account_required()
@require_safe
def connect_page(request: AccountRequest) -> HttpResponse:
    return connect_response(request)


@account_required(Membership.Role.OWNER)
@require_POST
@never_cache
def create_browser_key(request: AccountRequest) -> HttpResponse:
    """Like create_key; 422 with what was typed when it names no usable website."""
    form = BrowserKeyForm(request.POST)
    if not form.is_valid():
        return connect_response(request, browser_form=form, status=422)
    if ApiKey.objects.usable().filter(account=request.account).count() >= MOST_KEYS:
        return redirect("segment-connect")
    now = timezone.now()
    with transaction.atomic():
        key, text = ApiKey.objects.issue(
            account=request.account,
            name="Browser",
            now=now,
            is_browser=True,
            allowed_origins=form.cleaned_data["allowed_origins"],
        )
        note(request, Action.KEY_CREATED, key, now=now)
    return render(
        request, "segment_ingest/key_created.html", {"key": key, "key_text": text}
    )


@account_required(Membership.Role.OWNER)
@require_POST
@never_cache
def create_key(request: AccountRequest) -> HttpResponse:
    """Answers with the key itself instead of redirecting: nothing keeps it for later."""
    if ApiKey.objects.usable().filter(account=request.account).count() >= MOST_KEYS:
        return redirect("segment-connect")
    now = timezone.now()
    with transaction.atomic():
        key, text = ApiKey.objects.issue(
            account=request.account,
            name=request.POST.get("name", "").replace("\0", "").strip()[:80] or "Segment",
            now=now,
        )
        note(request, Action.KEY_CREATED, key, now=now)
    return render(
        request,
        "segment_ingest/key_created.html",
        {"key": key} | snippet_values(request.account, text),
    )


@account_required(Membership.Role.OWNER)
def revoke_key(request: AccountRequest, pk: int) -> HttpResponse:
    """GET asks once more; POST revokes."""
    key = get_object_or_404(ApiKey.objects.usable().filter(account=request.account), pk=pk)
    if request.method == "POST":
        now = timezone.now()
        with transaction.atomic():
            key.revoke(now=now)
            note(request, Action.KEY_REVOKED, key, now=now)
        messages.success(
            request, gettext("The key “%(key)s” is revoked.") % {"key": key.name}
        )
        return redirect("api-key-list")
    last = ApiKey.objects.usable().filter(account=request.account).count() == 1
    return render(
        request,
        "segment_ingest/key_revoke.html",
        {"key": key, "is_last": last},
    )


def connect_response(
    request: AccountRequest,
    *,
    browser_form: BrowserKeyForm | None = None,
    test_form: TestEventForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page, with a form as it was sent or with new ones."""
    context = {
        "now": timezone.now(),
        "keys": list(ApiKey.objects.usable().filter(account=request.account)),
        "may_manage_keys": has_role(request.membership, Membership.Role.OWNER),
        "key_limit": MOST_KEYS,
        "browser_form": browser_form or BrowserKeyForm(),
        "test_form": test_form or TestEventForm(account=request.account),
        "connections": list(
            for_account(Connection, request.account).filter(revoked_at=None)
        ),
    }
    context |= snippet_values(request.account)
    return render(request, "segment_ingest/connect.html", context, status=status)
