"""A survey mail as its reader will see it, and the pages behind it, before anybody gets it.

The preview is the real mail, so it needs the inline styles that our pages forbid: it has
an address and a policy of its own, and is shown in a sandboxed frame.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from campaigns.languages import language_of
from campaigns.models import EmailTemplate, TemplateContent, TemplateVersion
from campaigns.rendering import SAMPLE, contact_values
from campaigns.template_forms import posted_template
from contacts.addresses import address_digest
from contacts.models import Contact
from promoter.accounts.access import AccountRequest, account_required, for_account
from promoter.accounts.models import Account, Membership
from surveys.sending.composing import sender
from surveys.sending.writing import Texts, Written, write
from surveys.views.page_preview import PAGES, page_of

# Nothing but the styles inside it: no script, no form, no request to anybody.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'self'; sandbox"
)
# Links in a preview lead nowhere: there is no survey behind them.
NOWHERE = "#"
# What a program of that look makes of the mail's, or the page's, rules for dark schemes.
LOOKS = {"light": "@media not all", "dark": "@media all"}
DARK_SCHEME = re.compile(r"@media\s*\(prefers-color-scheme:\s*dark\)")


@account_required()
@require_safe
@never_cache
@xframe_options_sameorigin
def template_preview(request: AccountRequest, pk: int) -> HttpResponse:
    """The mail of a saved template; `?contact=` fills in that contact's values, and
    `?mail=` shows the reminder or a page behind the mail."""
    template = get_object_or_404(for_account(EmailTemplate, request.account), pk=pk)
    return _preview(request, template, request.GET)


@account_required()
@require_safe
@never_cache
@xframe_options_sameorigin
def version_preview(request: AccountRequest, pk: int) -> HttpResponse:
    """The mail as one version of its template has it, for a made-up contact."""
    version = get_object_or_404(for_account(TemplateVersion, request.account), pk=pk)
    return _preview(request, version, request.GET)


@account_required(Membership.Role.EDITOR)
@require_POST
@never_cache
@xframe_options_sameorigin
def form_preview(request: AccountRequest) -> HttpResponse:
    """The mail of a form that isn't saved, or a page behind it, mistakes and all. Writes
    nothing."""
    template = posted_template(request.POST, request.FILES, account=request.account)
    return _preview(request, template, request.POST)


def _preview(
    request: AccountRequest, template: TemplateContent, data: QueryDict
) -> HttpResponse:
    contact = chosen_contact(data, request.account)
    shown, look = data.get("mail", ""), data.get("look", "")
    if shown in PAGES:
        page = page_of(template, request.account, page=shown, contact=contact)
        return _in_look(page, look)
    written = written_for(
        template,
        request.account,
        contact=contact,
        reminder=shown == "reminder",
    )
    return framed(written, contact=contact, look=look)


def framed(
    written: Written, *, contact: Contact | None = None, look: str = ""
) -> HttpResponse:
    """A mail to be shown in a frame, under the lines that a mail program shows of it.

    `look` is light or dark; else it is that of the browser.
    """
    heading = render_to_string(
        "campaigns/preview_heading.html",
        {"written": written, "sender": sender(written.from_name), "contact": contact},
    )
    html = re.sub(r"<body[^>]*>", lambda tag: tag[0] + heading, written.html, count=1)
    return _in_look(html, look)


def _in_look(html: str, look: str) -> HttpResponse:
    if look in LOOKS:
        html = DARK_SCHEME.sub(LOOKS[look], html).replace("light dark", look)
    return HttpResponse(html, headers={"Content-Security-Policy": POLICY})


def written_for(
    template: TemplateContent,
    account: Account,
    *,
    contact: Contact | None,
    reminder: bool = False,
    survey_url: str = NOWHERE,
    unsubscribe_url: str = NOWHERE,
    logo_url: str | None = None,
) -> Written:
    """The invitation's words for that contact, or the reminder's.

    Without an address for it the logo is in the mail itself: it may not be saved yet.
    """
    if logo_url is None:
        logo_url = template.logo.data_url if template.logo else ""
    attributes = contact.attributes if contact else {}
    return write(
        Texts.of(
            template,
            account,
            language=language_of(attributes, otherwise=template.language),
            reminder=reminder,
        ),
        contact_values(contact, brand=template.brand, account_name=account.name),
        survey_url=survey_url,
        unsubscribe_url=unsubscribe_url,
        logo_url=logo_url,
    )


def chosen_contact(data: Mapping[str, str], account: Account) -> Contact:
    """The account's contact that `contact` names by address or userId, else a made-up
    one."""
    text = data.get("contact", "").strip()[:255]
    if not text:
        return SAMPLE
    contacts = for_account(Contact, account)
    by_address = contacts.filter(address_digest=address_digest(text))
    return by_address.first() or contacts.filter(user_id=text).first() or SAMPLE
