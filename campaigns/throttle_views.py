"""The account's throttles: what there is, make, change, delete."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, ProtectedError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from campaigns.models import Campaign, Throttle
from campaigns.throttle_forms import ThrottleRuleForm
from promoter.accounts.access import (
    AccountRequest,
    account_required,
    for_account,
    has_role,
    hold,
)
from promoter.accounts.audit import changes, note
from promoter.accounts.audit_actions import Action
from promoter.accounts.models import Membership

EDITOR = Membership.Role.EDITOR


@account_required()
@require_safe
def throttle_list(request: AccountRequest) -> HttpResponse:
    """An account has a handful: they stand on one page."""
    throttles = for_account(Throttle, request.account).annotate(uses=Count("campaign"))
    context = {
        "throttles": throttles.order_by("name", "id"),
        "may_edit": has_role(request.membership, EDITOR),
    }
    return render(request, "campaigns/throttle_list.html", context)


@account_required(EDITOR)
@require_http_methods(["GET", "HEAD", "POST"])
def throttle_new(request: AccountRequest) -> HttpResponse:
    return _page(request, Throttle(account=request.account))


@account_required()
@require_http_methods(["GET", "HEAD", "POST"])
def throttle_edit(request: AccountRequest, pk: int) -> HttpResponse:
    return _page(request, _throttle(request, pk))


@account_required(EDITOR)
@require_http_methods(["GET", "HEAD", "POST"])
def throttle_delete(request: AccountRequest, pk: int) -> HttpResponse:
    """GET asks once more; POST deletes, unless a campaign uses it."""
    throttle = _throttle(request, pk)
    if request.method != "POST":
        context = {"throttle": throttle, "users": _users(throttle)}
        return render(request, "campaigns/throttle_delete.html", context)
    try:
        with transaction.atomic():
            note(request, Action.THROTTLE_DELETED, throttle, now=timezone.now())
            throttle.delete()
    except ProtectedError:
        text = gettext("“%(name)s” is used by a campaign, so it stays.")
        messages.error(request, text % {"name": throttle.title})
        return redirect("campaign-throttle-delete", pk=pk)
    messages.success(
        request, gettext("The throttle “%(name)s” is deleted.") % {"name": throttle.title}
    )
    return redirect("campaign-throttles")


def _page(request: AccountRequest, throttle: Throttle) -> HttpResponse:
    """The form; saved on POST."""
    may_edit = has_role(request.membership, EDITOR)
    if request.method == "POST" and not may_edit:
        raise PermissionDenied
    is_new = throttle.pk is None
    with transaction.atomic():
        hold(request.account)
        form = ThrottleRuleForm(request.POST or None, instance=throttle)
        saved = request.method == "POST" and form.is_valid()
        if saved:
            form.save()
            if is_new:
                note(request, Action.THROTTLE_CREATED, throttle, now=timezone.now())
            elif form.has_changed():
                changed = changes(form)
                now = timezone.now()
                note(request, Action.THROTTLE_CHANGED, throttle, changed=changed, now=now)
    if saved:
        messages.success(
            request, gettext("“%(name)s” is saved.") % {"name": throttle.title}
        )
        return redirect("campaign-throttles")
    if not may_edit:
        for field in form.fields.values():
            field.disabled = True
    context = {
        "form": form,
        "throttle": None if is_new else _throttle(request, throttle.pk),
        "users": [] if is_new else _users(throttle),
        "may_edit": may_edit,
    }
    status = 422 if form.errors else 200
    return render(request, "campaigns/throttle_form.html", context, status=status)


def _throttle(request: AccountRequest, pk: int) -> Throttle:
    return get_object_or_404(for_account(Throttle, request.account), pk=pk)


def _users(throttle: Throttle) -> list[Campaign]:
    return list(Campaign.objects.filter(throttle=throttle))
