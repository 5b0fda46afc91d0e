"""The Mail page: what `make run` would have sent, seen as the recipient sees it.

There is no sign-in: the page exists only under `make run` and answers only on loopback.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from promoter.local import mailbox
from promoter.local.mailbox import CaughtMail
from promoter.local.seeding import EVENT_NAME

View = Callable[..., HttpResponse]
# The mail's own style and logo, no script, nothing else fetched; its links open in a new
# tab.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data: {logos}; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
LINKS_IN_NEW_TAB = '<base target="_blank">'


def loopback_only(view: View) -> View:
    """Refuse a visitor from elsewhere, and a name that somebody else's DNS points here."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        host, _ = split_domain_port(request.get_host())
        if not _is_loopback(request.META.get("REMOTE_ADDR", "")) or not (
            host == "localhost" or _is_loopback(host.strip("[]"))
        ):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return wrapper


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


@require_safe
@loopback_only
@never_cache
def mail_list(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "local/mail_list.html",
        {
            "mails": mailbox.newest(_directory()),
            "now": timezone.now(),
            "address": settings.SITE_URL,
            "event_name": EVENT_NAME,
        },
    )


@require_safe
@loopback_only
def mail(request: HttpRequest, name: str) -> HttpResponse:
    return render(
        request, "local/mail.html", {"mail": _mail_or_404(name), "now": timezone.now()}
    )


@require_safe
@loopback_only
@xframe_options_sameorigin
def mail_html(request: HttpRequest, name: str) -> HttpResponse:
    """The mail's HTML as a page of its own, shown in a frame or alone."""
    html = _mail_or_404(name).html
    head = html.lower().find("<head>")
    # After <head>, or the browser would leave standards mode before the doctype.
    place = head + len("<head>") if head >= 0 else len(html)
    response = HttpResponse(html[:place] + LINKS_IN_NEW_TAB + html[place:])
    # By its name, as the mail says it: the page may be open as localhost.
    policy = MAIL_POLICY.format(logos=f"{settings.SITE_URL}/logos/")
    response.headers["Content-Security-Policy"] = policy
    return response


@require_safe
@loopback_only
def mail_source(request: HttpRequest, name: str) -> HttpResponse:
    return HttpResponse(_mail_or_404(name).raw, content_type="text/plain; charset=utf-8")


def _mail_or_404(name: str) -> CaughtMail:
    mail = mailbox.find(_directory(), name)
    if mail is None:
        raise Http404("No such mail.")
    return mail


def _directory() -> Path:
    return Path(settings.MAIL_CATCHER_DIR)
