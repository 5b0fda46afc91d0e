"""Set up a campaign step by step; change what may still change; copy or drop it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.forms import KindForm, StepForm
from campaigns.models import Campaign
from campaigns.options import options_in_words
from campaigns.readiness import notes
from campaigns.setup import wizard
from campaigns.setup.wizard import FIRST, REVIEW, Step, Wizard
from contacts.models import ContactList
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


@account_required(EDITOR)
@require_http_methods(["GET", "HEAD", "POST"])
def new_campaign(request: AccountRequest) -> HttpResponse:
    """The first step. The draft exists from the moment it has a name."""
    draft = Campaign(account=request.account)
    if request.method != "POST":
        form = KindForm(instance=draft, account=request.account)
        return _page(request, draft, FIRST, form)
    with transaction.atomic():
        hold(request.account)
        form = KindForm(request.POST, instance=draft, account=request.account)
        if form.is_valid():
            draft = form.store()
            wizard.mark_saved(campaign=draft, step=FIRST)
            note(request, Action.CAMPAIGN_CREATED, draft, now=timezone.now())
    if form.errors:
        return _page(request, Campaign(account=request.account), FIRST, form)
    return _go_on(request, draft, FIRST)


@account_required()
@require_safe
def setup(request: AccountRequest, pk: int) -> HttpResponse:
    """Where the setup was left."""
    campaign = _campaign(request, pk)
    return redirect("campaign-setup-step", pk=pk, key=Wizard(campaign).here().key)


@account_required()
@require_http_methods(["GET", "HEAD", "POST"])
def setup_step(request: AccountRequest, pk: int, key: str) -> HttpResponse:
    """One step: GET shows it to everybody of the account, POST saves it for editors."""
    step = wizard.BY_KEY.get(key)
    if step is None:
        raise Http404
    if request.method == "POST":
        if not has_role(request.membership, EDITOR):
            raise PermissionDenied
        return _save(request, pk, step)
    campaign = _campaign(request, pk)
    if not Wizard(campaign).is_open(step):
        return _not_yet(request, campaign, step)
    if step.form is None:
        return _review(request, campaign)
    # A link may bring a choice along: an event name, a template that was just written.
    brought = {
        name: request.GET[name] for name in step.form.base_fields if name in request.GET
    }
    form = step.form(instance=campaign, account=request.account, initial=brought)
    return _page(request, campaign, step, form)


def _save(request: AccountRequest, pk: int, step: Step) -> HttpResponse:
    if step.form is None:
        raise Http404
    with transaction.atomic():
        hold(request.account)
        campaign = get_object_or_404(
            # Locked: the first matching event fixes the name, also one just arriving.
            _campaigns(request).select_for_update(),
            pk=pk,
        )
        if not Wizard(campaign).is_open(step):
            return _not_yet(request, campaign, step)
        if not campaign.is_editable:
            messages.error(
                request, gettext("This campaign is complete: nothing changes any more.")
            )
            return redirect("campaign-setup-step", pk=pk, key=REVIEW.key)
        shown = step.form.reshaped(request.POST)
        if shown is not None:
            form = step.form(instance=campaign, account=request.account, initial=shown)
            return _page(request, campaign, step, form)
        form = step.form(request.POST, instance=campaign, account=request.account)
        if form.is_valid():
            form.store()
            wizard.mark_saved(campaign=campaign, step=step)
            _note(request, campaign, step, form)
    if form.errors:
        return _page(request, _campaign(request, pk), step, form)
    if getattr(form, "was_trimmed", False):
        messages.info(
            request, gettext("Spaces around the event’s name don’t count; they are gone.")
        )
    return _go_on(request, campaign, step)


def _note(request: AccountRequest, campaign: Campaign, step: Step, form: StepForm) -> None:
    """A draft is still being written; of a live campaign every change is noted."""
    now = timezone.now()
    if isinstance(form.made, ContactList):
        note(request, Action.LIST_CREATED, form.made, now=now)
    elif form.made is not None:
        note(request, Action.THROTTLE_CREATED, form.made, now=now)
    if campaign.is_draft or not form.has_changed():
        return
    # A question is no name of a field; the step's is. In English, as all that is noted.
    with translation.override(None):
        title = step.title_for(campaign)
    names = {
        title if name.endswith("?") else name: values
        for name, values in changes(form).items()
    }
    note(request, Action.CAMPAIGN_CHANGED, campaign, changed=names, now=now)


def _go_on(request: AccountRequest, campaign: Campaign, step: Step) -> HttpResponse:
    """To the next step, or back to the review when that is all that is left."""
    if request.POST.get("then") == "leave":
        messages.success(
            request, gettext("Saved. Go on when you like, here or on another device.")
        )
        return redirect("campaign-list")
    if not campaign.is_draft:
        messages.success(request, gettext("%(title)s: saved.") % {"title": step.title})
    done = Wizard(campaign)
    following = wizard.after(step, campaign=campaign)
    # What may be left out is offered once on the way.
    all_done = done.here() is REVIEW and done.is_done(following)
    if all_done or not campaign.is_draft:
        following = REVIEW
    return redirect("campaign-setup-step", pk=campaign.pk, key=following.key)


def _not_yet(request: AccountRequest, campaign: Campaign, step: Step) -> HttpResponse:
    here = Wizard(campaign).here()
    messages.warning(
        request,
        gettext("“%(first)s” comes before “%(then)s”.")
        % {"first": here.title, "then": step.title},
    )
    return redirect("campaign-setup-step", pk=campaign.pk, key=here.key)


def _page(
    request: AccountRequest, campaign: Campaign, step: Step, form: StepForm
) -> HttpResponse:
    previous = wizard.before(step, campaign=campaign)
    context = _frame(request, campaign, step) | {
        "form": form,
        "back": _address(campaign, previous) if previous else reverse("campaign-list"),
    }
    return render(request, step.template, context, status=422 if form.errors else 200)


def _review(request: AccountRequest, campaign: Campaign) -> HttpResponse:
    context = _frame(request, campaign, REVIEW) | {
        "missing": [step for step in Wizard(campaign).unfinished() if step is not REVIEW],
        "notes": notes(campaign=campaign),
        "options": options_in_words(campaign),
    }
    return render(request, REVIEW.template, context)


def _frame(request: AccountRequest, campaign: Campaign, step: Step) -> dict[str, Any]:
    may_edit = has_role(request.membership, EDITOR) and campaign.is_editable
    steps = wizard.steps_of(campaign)
    return {
        "campaign": campaign,
        "step": step,
        "title": step.title_for(campaign),
        "marks": [
            (mark, mark.step.title_for(campaign), _address(campaign, mark.step))
            for mark in Wizard(campaign).marks(step)
        ],
        "position": steps.index(step) + 1,
        "count": len(steps),
        "may_edit": may_edit,
        "now": timezone.now(),
        "floor_hours": settings.SURVEY_FLOOR_HOURS,
    }


def _address(campaign: Campaign, step: Step) -> str:
    if campaign._state.adding:
        return reverse("campaign-new")
    return reverse("campaign-setup-step", args=[campaign.pk, step.key])


def _campaigns(request: AccountRequest) -> QuerySet[Campaign]:
    """Imported answers have no setup: nothing to see, to copy or to delete."""
    return for_account(Campaign, request.account).exclude(kind=Campaign.Kind.IMPORTED)


def _campaign(request: AccountRequest, pk: int) -> Campaign:
    return get_object_or_404(
        _campaigns(request).select_related(
            "account", "email_template", "contact_list", "throttle"
        ),
        pk=pk,
    )


@account_required(EDITOR)
@require_POST
def duplicate(request: AccountRequest, pk: int) -> HttpResponse:
    campaign = _campaign(request, pk)
    with transaction.atomic():
        copy = wizard.duplicate(campaign=campaign)
        note(request, Action.CAMPAIGN_DUPLICATED, campaign, now=timezone.now())
    messages.success(
        request, gettext("A draft with the same settings. Give it a name of its own.")
    )
    return redirect("campaign-setup-step", pk=copy.pk, key=FIRST.key)


@account_required(EDITOR)
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: AccountRequest, pk: int) -> HttpResponse:
    """GET asks once more; POST deletes. Only drafts: the others have a history."""
    campaign = _campaign(request, pk)
    if not campaign.is_draft:
        messages.error(
            request, gettext("Only a draft can be deleted; complete the campaign instead.")
        )
        return redirect("campaign", pk=pk)
    if request.method != "POST":
        return render(request, "campaigns/wizard/delete.html", {"campaign": campaign})
    # Somebody may have activated it since it was read.
    drafts = for_account(Campaign, request.account).filter(status=Campaign.Status.DRAFT)
    with transaction.atomic():
        gone, _ = drafts.filter(pk=pk).delete()
        if gone:
            note(request, Action.CAMPAIGN_DELETED, campaign, now=timezone.now())
    if gone:
        messages.success(
            request,
            gettext("The draft “%(campaign)s” is deleted.") % {"campaign": campaign.name},
        )
        return redirect("campaign-list")
    messages.error(request, gettext("It was activated meanwhile, so it stays."))
    return redirect("campaign", pk=pk)
