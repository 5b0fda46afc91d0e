"""A test mail to the person who asks for it: the real mail, with links to nothing."""

from __future__ import annotations

import logging

from django.conf import settings
from django.contrib import messages
from django.core.mail import EmailMultiAlternatives, get_connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from campaigns.languages import ENGLISH, find_language, language_of
from campaigns.models import Campaign, EmailTemplate
from campaigns.rendering import SAMPLE
from contacts.filters import ContactFilter
from contacts.models import Contact
from promoter.accounts.access import AccountRequest, account_required, for_account
from promoter.accounts.models import Membership
from promoter.lib.mail_errors import NOT_TAKEN
from surveys.sending.composing import logo_url_of, sender
from surveys.sending.writing import MAX_SUBJECT
from surveys.views.mail_preview import chosen_contact, written_for
from surveys.views.public import public_page

logger = logging.getLogger(__name__)

# Somebody waits in front of the page; a worker's patience would be too long.
TIMEOUT_SECONDS = 10
OFFERED = 10


@account_required(Membership.Role.EDITOR)
@require_POST
def test_campaign(request: AccountRequest, pk: int) -> HttpResponse:
    """The campaign's mail to oneself. The review page asks for it."""
    campaign = get_object_or_404(
        for_account(Campaign, request.account).select_related("email_template"), pk=pk
    )
    if campaign.email_template is None:
        messages.error(request, gettext("Choose an email template first."))
        return redirect("campaign-setup-step", pk=pk, key="template")
    _send(request, campaign.email_template)
    return redirect("campaign-setup-step", pk=pk, key="review")


@account_required(Membership.Role.EDITOR)
@require_POST
def test_template(request: AccountRequest, pk: int) -> HttpResponse:
    """The saved template's mail to oneself, with the values of a chosen contact."""
    template = get_object_or_404(for_account(EmailTemplate, request.account), pk=pk)
    _send(request, template)
    return redirect("campaign-template", pk=pk)


@account_required(Membership.Role.EDITOR)
@require_safe
def test_contacts(request: AccountRequest) -> HttpResponse:
    """Whom the words in `contact` may mean, to choose from while one types."""
    typed = request.GET.get("contact", "").replace("\0", "").strip()[:255]
    found = ContactFilter(q=typed).contacts_of(request.account)[:OFFERED] if typed else []
    return render(request, "campaigns/_contact_options.html", {"contacts": found})


@require_safe
def test_link(request: HttpRequest, language: str) -> HttpResponse:
    """Where the links of a test mail lead, in that mail's language; open to all, for mail
    is read anywhere."""
    with translation.override((find_language(language) or ENGLISH).code):
        return public_page(request, "test_link")


def _send(request: AccountRequest, template: EmailTemplate) -> None:
    """With the values of the contact that `contact` names; none: of a made-up one."""
    typed = request.POST.get("contact", "").strip()
    contact = chosen_contact(request.POST, request.account)
    if typed and contact is SAMPLE:
        text = gettext(
            "No contact has the address or userId “%(typed)s”, so no test mail was sent. "
            "Choose one from the list, or leave it empty."
        )
        messages.error(request, text % {"typed": typed[:255]})
        return
    mail = _mail(request, template, contact)
    try:
        mail.send()
    except NOT_TAKEN:
        # The server's own words may hold addresses and hosts: they are for the operator.
        logger.exception("A test mail was not taken by the mail server")
        messages.error(
            request,
            gettext(
                "The mail server did not take the test mail. Try again in a minute; if it "
                "stays so, tell the person who runs this installation."
            ),
        )
    else:
        messages.success(
            request,
            gettext("A test mail is on its way to %(email)s.")
            % {"email": request.user.email},
        )


def _mail(
    request: AccountRequest, template: EmailTemplate, contact: Contact
) -> EmailMultiAlternatives:
    language = language_of(contact.attributes, otherwise=template.language)
    nowhere = settings.SITE_URL + reverse("campaign-test-link", args=[language.code])
    written = written_for(
        template,
        request.account,
        contact=contact,
        survey_url=nowhere,
        unsubscribe_url=nowhere,
        logo_url=logo_url_of(template),
    )
    subject = gettext("[Test] %(subject)s") % {"subject": written.subject}
    mail = EmailMultiAlternatives(
        subject=subject[:MAX_SUBJECT],
        body=written.text,
        from_email=sender(written.from_name),
        to=[request.user.email],
        reply_to=[template.reply_to] if template.reply_to else None,
        connection=get_connection(timeout=TIMEOUT_SECONDS),
    )
    mail.attach_alternative(written.html, "text/html")
    return mail
