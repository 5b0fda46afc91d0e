"""The link at the foot of a digest or an alert: one press turns that kind of mail off.

As with surveys (surveys.views.public_unsubscribe) the signed token in the address is the
proof, so there is no sign-in and no CSRF check; GET and HEAD only show the page.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from promoter.accounts.language import language_for
from surveys.digests.leaving import Way, is_off, turn_off
from surveys.models import Subscription
from surveys.views.public import HEADERS
from surveys.views.public_unsubscribe import is_one_click


@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def digest_off(request: HttpRequest, way: str, token: str) -> HttpResponse:
    """404 for a link that is not whole, and of who is no member any more: nothing comes
    to them."""
    subscription = _subscription(way, token)
    if subscription is None:
        return _page(request, {"state": "unknown"}, status=404)
    chosen, user = Way(way), subscription.membership.user
    if request.method == "POST":
        turn_off(chosen, subscription=subscription)
        if is_one_click(request):
            # RFC 8058 3.1: no redirect, and nobody reads a body.
            return HttpResponse(content_type="text/plain")
    done = request.method == "POST" or is_off(chosen, subscription=subscription)
    with translation.override(language_for(user)):
        name = {"account": subscription.account.name}
        context = {
            "state": "done" if done else "ask",
            "account": subscription.account,
            "label": chosen.off_label,
            "sentence": chosen.off_sentence % name,
        }
        return _page(request, context)


def _subscription(way: str, token: str) -> Subscription | None:
    member = Way(way).member_of(token) if way in set(Way) else None
    if member is None:
        return None
    rows = Subscription.objects.select_related("account", "membership__user")
    return rows.filter(membership=member).first()


def _page(
    request: HttpRequest, context: Mapping[str, object], *, status: int = 200
) -> HttpResponse:
    response = render(request, "settings/digest_off.html", context, status=status)
    for name, value in HEADERS.items():
        response[name] = value
    return response
