"""The versions of a template: who changed what, how it looked, and the way back."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from campaigns.models import EmailTemplate, TemplateVersion
from campaigns.template_forms import label_of
from campaigns.template_versions import changes, restore
from promoter.accounts.access import (
    AccountRequest,
    account_required,
    for_account,
    has_role,
    hold,
)
from promoter.accounts.models import Membership

EDITOR = Membership.Role.EDITOR
PAGE_SIZE = 20


@account_required()
@require_safe
def template_versions(request: AccountRequest, pk: int) -> HttpResponse:
    """Newest first; `?before=` goes on with those of a lower number."""
    template = get_object_or_404(for_account(EmailTemplate, request.account), pk=pk)
    versions = for_account(TemplateVersion, request.account).filter(template=template)
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 10:
        versions = versions.filter(number__lt=int(before))
    # One more than is shown: what the last one changed is seen beside the one before it.
    found = list(versions.select_related("created_by")[: PAGE_SIZE + 1])
    return render(
        request,
        "campaigns/template_versions.html",
        {
            "template": template,
            "rows": [
                (change, [label_of(column) for column in change.columns])
                for change in changes(found)
            ][:PAGE_SIZE],
            "older": found[PAGE_SIZE - 1].number if len(found) > PAGE_SIZE else None,
            "may_edit": has_role(request.membership, EDITOR),
            "now": timezone.now(),
        },
    )


@account_required(EDITOR)
@require_POST
def template_restore(request: AccountRequest, pk: int) -> HttpResponse:
    """Mail from now on says once more what the version says."""
    version = get_object_or_404(for_account(TemplateVersion, request.account), pk=pk)
    with transaction.atomic():
        hold(request.account)
        template = restore(version=version, now=timezone.now(), by=request.user)
    if template is None:
        messages.error(request, gettext("The template of this version has been deleted."))
        return redirect("campaign-templates")
    messages.success(
        request,
        gettext("“%(template)s” is again as in version %(number)s.")
        % {"template": template.name, "number": version.number},
    )
    return redirect("campaign-template", pk=template.pk)
