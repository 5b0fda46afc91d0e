"""Views of the contacts page, kept under a name for everybody in the account."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from contacts.filters import ContactFilter
from contacts.forms import SavedFilterForm
from contacts.models import MAX_SAVED_QUERY, SavedFilter
from promoter.accounts.access import AccountRequest, account_required, for_account
from promoter.accounts.models import Membership

EDITOR = Membership.Role.EDITOR


@account_required(EDITOR)
@require_POST
def filter_save(request: AccountRequest) -> HttpResponse:
    """Keep the filter under a name; the same name again replaces it."""
    wanted = ContactFilter.read(request.POST.get("filter", ""))
    form = SavedFilterForm(request.POST)
    if not wanted:
        messages.warning(
            request, gettext("Search or filter first; then there is a view to save.")
        )
    elif len(wanted.query) > MAX_SAVED_QUERY:
        messages.error(
            request, gettext("This view is too long to save. Use fewer conditions.")
        )
    elif not form.is_valid():
        messages.error(request, gettext("Give the view a name of at most 80 characters."))
    else:
        name = " ".join(form.cleaned_data["name"].split())
        for_account(SavedFilter, request.account).update_or_create(
            name=name, defaults={"account": request.account, "query": wanted.query}
        )
        messages.success(
            request,
            gettext("The view “%(name)s” is saved for everybody here.") % {"name": name},
        )
    return _back(wanted.query)


@account_required(EDITOR)
@require_POST
def filter_rename(request: AccountRequest, pk: int) -> HttpResponse:
    """A name that another view has stays that one's."""
    saved = get_object_or_404(for_account(SavedFilter, request.account), pk=pk)
    form = SavedFilterForm(request.POST)
    name = " ".join(form.cleaned_data["name"].split()) if form.is_valid() else ""
    others = for_account(SavedFilter, request.account).exclude(pk=pk)
    if not name:
        text = gettext("Give the view a name of at most 80 characters.")
        messages.error(request, text)
    elif others.filter(name=name).exists():
        text = gettext("There is a view called “%(name)s” already. Choose another name.")
        messages.error(request, text % {"name": name})
    else:
        saved.name = name
        saved.save(update_fields=["name"])
        messages.success(
            request, gettext("The view is called “%(name)s” now.") % vars(saved)
        )
    return _back(saved.query)


@account_required(EDITOR)
@require_POST
def filter_delete(request: AccountRequest, pk: int) -> HttpResponse:
    saved = get_object_or_404(for_account(SavedFilter, request.account), pk=pk)
    saved.delete()
    messages.success(
        request,
        gettext("The view “%(saved)s” is deleted. The contacts stay.") % {"saved": saved},
    )
    return _back("")


def _back(query: str) -> HttpResponse:
    return redirect(f"{reverse('contact-list')}{'?' if query else ''}{query}")
