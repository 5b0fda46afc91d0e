"""One survey mail, as it was sent."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from promoter.accounts.access import AccountRequest, account_required, for_account
from surveys.models import SurveyEmail
from surveys.views.mail_preview import framed, written_for


@account_required()
@require_safe
def sent_mail(request: AccountRequest, pk: int) -> HttpResponse:
    """What is known of the mail, around the mail itself."""
    email = _email(request, pk)
    context = {"email": email, "survey": email.survey, "now": timezone.now()}
    return render(request, "surveys/sent_mail.html", context)


@account_required()
@require_safe
@never_cache
@xframe_options_sameorigin
def sent_mail_view(request: AccountRequest, pk: int) -> HttpResponse:
    """The version's words with the person's values of today, for the frame.

    404 for a mail that has no version: it was never handed over, or before versions were.
    """
    email = _email(request, pk)
    if email.template_version is None:
        raise Http404
    written = written_for(
        email.template_version,
        request.account,
        contact=email.survey.contact,
        reminder=email.kind == SurveyEmail.Kind.REMINDER,
    )
    return framed(written)


def _email(request: AccountRequest, pk: int) -> SurveyEmail:
    emails = for_account(SurveyEmail, request.account).select_related(
        "survey__contact",
        "survey__campaign",
        "template_version__template",
        "template_version__created_by",
    )
    return get_object_or_404(emails, pk=pk)
