"""The pages of a connection: the URL and the secret to enter in Segment, and their life."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from promoter.accounts.access import AccountRequest, account_required, for_account
from promoter.accounts.audit import note
from promoter.accounts.audit_actions import Action
from promoter.accounts.models import Membership
from segment_ingest.connections import Connection

MOST_CONNECTIONS = 20


@account_required(Membership.Role.OWNER)
@require_POST
def open_connection(request: AccountRequest) -> HttpResponse:
    usable = for_account(Connection, request.account).filter(revoked_at=None)
    if usable.count() >= MOST_CONNECTIONS:
        messages.error(
            request,
            gettext("%(most)s connections are the most. Revoke one first.")
            % {"most": MOST_CONNECTIONS},
        )
        return redirect("segment-connect")
    now = timezone.now()
    with transaction.atomic():
        connection = Connection.objects.open(
            account=request.account,
            name=request.POST.get("name", "").replace("\0", "").strip()[:80] or "Webhooks",
            now=now,
        )
        note(request, Action.CONNECTION_CREATED, connection, now=now)
    return redirect("segment-connection", pk=connection.pk)


@account_required(Membership.Role.OWNER)
@require_safe
@never_cache
def connection_page(request: AccountRequest, pk: int) -> HttpResponse:
    """The secret stands on it whenever an owner looks: Segment's form asks for it anew."""
    context = {"now": timezone.now(), "connection": _usable(request, pk)}
    return render(request, "segment_ingest/connection.html", context)


@account_required(Membership.Role.OWNER)
@require_POST
def rotate_secret(request: AccountRequest, pk: int) -> HttpResponse:
    """Not while an older secret still counts: events signed with it would be lost."""
    connection = _usable(request, pk)
    if connection.old_secret:
        messages.error(request, gettext("First say that the old secret is out of use."))
    else:
        with transaction.atomic():
            connection.rotate_secret()
            _note_change(request, connection, gettext_noop("Secret"))
        messages.success(
            request, gettext("Here is the new secret. Enter it in Segment now.")
        )
    return redirect("segment-connection", pk=pk)


@account_required(Membership.Role.OWNER)
@require_POST
def drop_old_secret(request: AccountRequest, pk: int) -> HttpResponse:
    connection = _usable(request, pk)
    with transaction.atomic():
        connection.drop_old_secret()
        _note_change(request, connection, gettext_noop("Old secret"))
    messages.success(request, gettext("Only the new secret counts from now on."))
    return redirect("segment-connection", pk=pk)


@account_required(Membership.Role.OWNER)
@require_POST
def take_unsigned(request: AccountRequest, pk: int) -> HttpResponse:
    connection = _usable(request, pk)
    connection.takes_unsigned = request.POST.get("takes_unsigned") == "on"
    with transaction.atomic():
        connection.save(update_fields=["takes_unsigned"])
        _note_change(request, connection, gettext_noop("Events without a signature"))
    if connection.takes_unsigned:
        told = gettext("Events without a signature are taken from now on.")
    else:
        told = gettext("Events without a signature are refused from now on.")
    messages.success(request, told)
    return redirect("segment-connection", pk=pk)


@account_required(Membership.Role.OWNER)
@require_http_methods(["GET", "HEAD", "POST"])
def revoke_connection(request: AccountRequest, pk: int) -> HttpResponse:
    """GET asks once more; POST revokes."""
    connection = _usable(request, pk)
    if request.method == "POST":
        now = timezone.now()
        with transaction.atomic():
            connection.revoke(now=now)
            note(request, Action.CONNECTION_REVOKED, connection, now=now)
        messages.success(
            request,
            gettext("“%(connection)s” is revoked.") % {"connection": connection.name},
        )
        return redirect("segment-connect")
    context = {"connection": connection}
    return render(request, "segment_ingest/connection_revoke.html", context)


def _note_change(request: AccountRequest, connection: Connection, what: str) -> None:
    now = timezone.now()
    note(request, Action.CONNECTION_CHANGED, connection, changed=[what], now=now)


def _usable(request: AccountRequest, pk: int) -> Connection:
    rows = for_account(Connection, request.account).filter(revoked_at=None)
    return get_object_or_404(rows, pk=pk)
