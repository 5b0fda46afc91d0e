"""The account's email templates: what there is, write, change, copy, delete."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, ProtectedError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from campaigns.colours import palette_of
from campaigns.languages import language_choices, language_of
from campaigns.models import Campaign, EmailTemplate, Logo
from campaigns.starters import starter
from campaigns.template_checks import placeholders
from campaigns.template_forms import EmailTemplateForm
from contacts.models import Contact
from promoter.accounts.access import (
    AccountRequest,
    Row,
    account_required,
    for_account,
    has_role,
    hold,
)
from promoter.accounts.audit import changes, note
from promoter.accounts.audit_actions import Action
from promoter.accounts.models import Membership
from promoter.lib.uploads import not_kept, was_not_kept, was_too_large

EDITOR = Membership.Role.EDITOR
# Whose values the preview can show.
CONTACTS_OFFERED = 20


@account_required()
@require_safe
def template_list(request: AccountRequest) -> HttpResponse:
    templates = for_account(EmailTemplate, request.account)
    return render(
        request,
        "campaigns/template_list.html",
        {
            "templates": templates.annotate(uses=Count("campaign")).order_by("name", "id"),
            "may_edit": has_role(request.membership, EDITOR),
            "now": timezone.now(),
        },
    )


@account_required(EDITOR)
@require_http_methods(["GET", "HEAD", "POST"])
def template_new(request: AccountRequest) -> HttpResponse:
    """`?from=` starts with another one's words, `?language=` with ours in that language;
    `?campaign=` leads back to its setup."""
    if request.method == "POST":
        return _save(request, EmailTemplate(account=request.account))
    source = _chosen(request, EmailTemplate, "from")
    initial: dict[str, Any] = starter(request.account, language_of(request.GET))
    # Most accounts have one brand: its logo is there already.
    newest = for_account(Logo, request.account).defer("content").first()
    if newest is not None:
        initial["logo"] = newest.pk
    if source is not None:
        initial = {name: getattr(source, name) for name in EmailTemplateForm.Meta.fields}
        initial["name"] = (gettext("Copy of %(name)s") % {"name": source.name})[:120]
    form = EmailTemplateForm(account=request.account, initial=initial)
    starters = () if source else language_choices()
    return _page(request, EmailTemplate(), form, starters=starters)


@account_required()
@require_http_methods(["GET", "HEAD", "POST"])
def template_edit(request: AccountRequest, pk: int) -> HttpResponse:
    template = get_object_or_404(for_account(EmailTemplate, request.account), pk=pk)
    if request.method == "POST":
        if not has_role(request.membership, EDITOR):
            raise PermissionDenied
        return _save(request, template)
    form = EmailTemplateForm(instance=template, account=request.account)
    return _page(request, template, form)


@account_required(EDITOR)
@require_http_methods(["GET", "HEAD", "POST"])
def template_delete(request: AccountRequest, pk: int) -> HttpResponse:
    """GET asks once more; POST deletes, unless a campaign uses it."""
    template = get_object_or_404(for_account(EmailTemplate, request.account), pk=pk)
    users = _users(template)
    if request.method != "POST":
        context = {"template": template, "users": users}
        return render(request, "campaigns/template_delete.html", context)
    try:
        with transaction.atomic():
            note(request, Action.TEMPLATE_DELETED, template, now=timezone.now())
            template.delete()
    except ProtectedError:
        messages.error(
            request,
            gettext("“%(template)s” is used by a campaign, so it stays.")
            % {"template": template.name},
        )
        return redirect("campaign-template-delete", pk=pk)
    messages.success(
        request,
        gettext("The template “%(template)s” is deleted.") % {"template": template.name},
    )
    return redirect("campaign-templates")


def _save(request: AccountRequest, template: EmailTemplate) -> HttpResponse:
    with transaction.atomic():
        hold(request.account)
        form = EmailTemplateForm(
            request.POST, request.FILES, instance=template, account=request.account
        )
        if was_too_large(request):
            form.add_error(
                "logo_file", gettext("The file is larger than 2 MB. Save it smaller.")
            )
        elif was_not_kept(request):
            form.add_error("logo_file", not_kept())
        if form.is_valid():
            now, action = timezone.now(), Action.TEMPLATE_CREATED
            if template.pk:
                action = Action.TEMPLATE_CHANGED
            template = form.store(now=now, by=request.user)
            if form.has_changed():
                note(request, action, template, changed=changes(form), now=now)
    if form.errors:
        return _page(request, template, form)
    messages.success(
        request, gettext("“%(template)s” is saved.") % {"template": template.name}
    )
    palette = palette_of(template.accent)
    if "accent" in form.changed_data and palette.is_adjusted:
        messages.info(
            request,
            gettext(
                "%(accent)s is too pale to be read on white, so numbers and links are in "
                "%(text)s. Filled buttons keep your colour."
            )
            % {"accent": template.accent, "text": palette.text},
        )
    campaign = _chosen(request, Campaign, "campaign")
    if campaign is None:
        return redirect("campaign-template", pk=template.pk)
    step = reverse("campaign-setup-step", args=[campaign.pk, "template"])
    return redirect(f"{step}?{urlencode({'email_template': template.pk})}")


def _page(
    request: AccountRequest,
    template: EmailTemplate,
    form: EmailTemplateForm,
    *,
    starters: tuple[tuple[str, str], ...] = (),
) -> HttpResponse:
    campaign = _chosen(request, Campaign, "campaign")
    context = {
        "form": form,
        "starters": starters,
        "template": template if template.pk else None,
        "used_by": _links_to(_users(template)),
        "campaign": campaign,
        "placeholders": placeholders(request.account),
        "contacts": for_account(Contact, request.account)[:CONTACTS_OFFERED],
        "may_edit": has_role(request.membership, EDITOR),
    }
    status = 422 if form.errors else 200
    return render(request, "campaigns/template_form.html", context, status=status)


def _users(template: EmailTemplate) -> list[Campaign]:
    return list(Campaign.objects.filter(email_template=template)) if template.pk else []


def _links_to(campaigns: list[Campaign]) -> str:
    return format_html_join(
        ", ",
        '<a href="{}">{}</a>',
        ((reverse("campaign", args=[each.pk]), each.name) for each in campaigns),
    )


def _chosen(request: AccountRequest, model: type[Row], name: str) -> Row | None:
    """The account's row that the address names; None for what isn't there or foreign."""
    text = request.GET.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        return None
    return for_account(model, request.account).filter(pk=text).first()
