"""Settings: other systems that are told what happens. Only owners see them, because an
address may be a secret of its own."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from promoter.accounts.access import AccountRequest, account_required, for_account
from promoter.accounts.audit import changed_labels, note
from promoter.accounts.audit_actions import Action
from promoter.accounts.models import Membership
from promoter.webhooks.forms import EndpointForm
from promoter.webhooks.models import Delivery, Endpoint, EventType

OWNER = Membership.Role.OWNER
FORM = ["GET", "HEAD", "POST"]
# Each answer is written down once for each of them.
MOST_ENDPOINTS = 10
LATEST = 20


@account_required(OWNER)
@require_safe
def webhook_list(request: AccountRequest) -> HttpResponse:
    endpoints = for_account(Endpoint, request.account)
    labels = dict(EventType.choices)
    context = {
        "now": timezone.now(),
        "endpoints": [
            (one, [labels[each] for each in one.event_types if each in labels])
            for one in endpoints
        ],
        "may_add": len(endpoints) < MOST_ENDPOINTS,
        "limit": MOST_ENDPOINTS,
    }
    return render(request, "settings/webhooks.html", context)


@account_required(OWNER)
@require_http_methods(FORM)
@never_cache
def webhook_new(request: AccountRequest) -> HttpResponse:
    """Answers with the secret itself instead of redirecting: it is shown this once."""
    if for_account(Endpoint, request.account).count() >= MOST_ENDPOINTS:
        text = gettext("%(most)s addresses are the most. Delete one first.")
        messages.error(request, text % {"most": MOST_ENDPOINTS})
        return redirect("webhook-list")
    endpoint = Endpoint(account=request.account)
    form = EndpointForm(request.POST or None, instance=endpoint)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            form.save()
            _note(request, Action.WEBHOOK_CREATED, endpoint)
        return _secret(request, endpoint)
    status = 422 if form.errors else 200
    return render(request, "settings/webhook_new.html", {"form": form}, status=status)


@account_required(OWNER)
@require_http_methods(FORM)
def webhook(request: AccountRequest, pk: int) -> HttpResponse:
    """What it is told, whether that arrives, and what can be done about it."""
    endpoint = _endpoint(request, pk)
    form = EndpointForm(request.POST or None, instance=endpoint)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            endpoint.save(update_fields=["url", "event_types"])
            if form.has_changed():
                changed = changed_labels(form)
                _note(request, Action.WEBHOOK_CHANGED, endpoint, changed=changed)
        messages.success(request, gettext("Saved. It holds for what happens from now on."))
        return redirect("webhook", pk)
    deliveries = Delivery.objects.filter(endpoint=endpoint).defer("payload")
    context = {
        "now": timezone.now(),
        "form": form,
        "endpoint": _endpoint(request, pk),
        "deliveries": deliveries[:LATEST],
    }
    status = 422 if form.errors else 200
    return render(request, "settings/webhook.html", context, status=status)


@account_required(OWNER)
@require_POST
@never_cache
def webhook_act(request: AccountRequest, pk: int) -> HttpResponse:
    """`act` is on, off, secret or again (with the id of a `delivery`)."""
    endpoint, act, now = _endpoint(request, pk), request.POST.get("act"), timezone.now()
    if act == "secret":
        with transaction.atomic():
            endpoint.rotate_secret(now=now)
            _note(request, Action.WEBHOOK_SECRET, endpoint)
        return _secret(request, endpoint)
    if act == "off" and endpoint.disabled_at is None:
        with transaction.atomic():
            endpoint.disable(reason=gettext("Somebody switched it off."), now=now)
            _note(request, Action.WEBHOOK_OFF, endpoint)
        messages.success(request, gettext("It is switched off: nothing is sent to it."))
    elif act == "on" and endpoint.disabled_at is not None:
        with transaction.atomic():
            endpoint.enable()
            _note(request, Action.WEBHOOK_ON, endpoint)
        messages.success(request, gettext("It is told again what happens from now on."))
    elif act == "again":
        _again(request, endpoint)
    return redirect("webhook", pk)


@account_required(OWNER)
@require_http_methods(FORM)
def webhook_delete(request: AccountRequest, pk: int) -> HttpResponse:
    """GET asks once more; POST deletes, with what waits for it."""
    endpoint = _endpoint(request, pk)
    if request.method != "POST":
        waiting = Delivery.objects.filter(
            endpoint=endpoint, status=Delivery.Status.PENDING
        ).count()
        context = {"endpoint": endpoint, "waiting": waiting}
        return render(request, "settings/webhook_delete.html", context)
    with transaction.atomic():
        _note(request, Action.WEBHOOK_DELETED, endpoint)
        endpoint.delete()
    messages.success(request, gettext("Deleted. Nothing is sent there any more."))
    return redirect("webhook-list")


def _again(request: AccountRequest, endpoint: Endpoint) -> None:
    chosen = request.POST.get("delivery", "")
    if endpoint.disabled_at is not None:
        messages.error(request, gettext("Switch it on first."))
        return
    pk = int(chosen[:18]) if chosen.isdecimal() else 0
    found = Delivery.objects.filter(endpoint=endpoint, pk=pk)
    if found.send_again(now=timezone.now()):
        messages.success(request, gettext("It is sent again within seconds."))
    else:
        messages.info(request, gettext("It waits for its turn already."))


def _secret(request: AccountRequest, endpoint: Endpoint) -> HttpResponse:
    return render(request, "settings/webhook_secret.html", {"endpoint": endpoint})


def _note(
    request: AccountRequest, action: Action, endpoint: Endpoint, changed: Iterable[str] = ()
) -> None:
    # The path may hold a token; the host says enough.
    host = urlsplit(endpoint.url).hostname or ""
    note(request, action, endpoint, now=timezone.now(), label=host, changed=changed)


def _endpoint(request: AccountRequest, pk: int) -> Endpoint:
    return get_object_or_404(for_account(Endpoint, request.account), pk=pk)
