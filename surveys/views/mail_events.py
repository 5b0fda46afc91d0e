"""Where a mail provider posts its events. What it posts is proved by a password in the
address (ANYMAIL_WEBHOOK_SECRET), by its signature, or by both; without either there is no
such address. The answers are chosen for its retries: 400 and 503 are tried again.
"""

from __future__ import annotations

import logging
from typing import Any

from anymail.exceptions import AnymailError, AnymailWebhookValidationFailure
from anymail.signals import AnymailTrackingEvent, tracking
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, InterfaceError
from django.dispatch import receiver
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.module_loading import import_string
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from promoter.lib.database_faults import is_away
from promoter.lib.mail_providers import PROVIDERS
from surveys.tracking import record_event

log = logging.getLogger(__name__)
RETRY_SECONDS = "60"
# What anymail, and Python under it, say of a body that is not the provider's.
UNREADABLE = (
    *(AnymailError, ImproperlyConfigured),
    *(LookupError, TypeError, ValueError, AttributeError),
)


@receiver(tracking, dispatch_uid="surveys.mail_events")
def on_event(event: AnymailTrackingEvent, esp_name: str, **kwargs: Any) -> None:
    """Anymail speaks in signals; from here on it is a call."""
    record_event(event=event, provider=esp_name, now=timezone.now())


@csrf_exempt
@require_http_methods(["POST", "HEAD", "GET"])
def mail_events(request: HttpRequest, provider: str) -> HttpResponseBase:
    """Take the events of one POST; HEAD and GET are how providers try the address."""
    known = PROVIDERS.get(provider)
    if known is None or not known.takes_events:
        raise Http404
    view = import_string(f"anymail.webhooks.{known.events}")
    try:
        answer: HttpResponseBase = view.as_view()(request)
    except AnymailWebhookValidationFailure as error:
        log.warning("mail events from %s refused: %s", known.label, error)
        return HttpResponse(status=400)
    except UNREADABLE:
        # Not what this provider's events look like; its own retries bring it again.
        log.exception("mail events from %s can't be read", known.label)
        return HttpResponse(status=400)
    except (DatabaseError, InterfaceError) as error:
        if not is_away(error):
            raise
        log.warning("mail events from %s: the database is away", known.label)
        return HttpResponse(status=503, headers={"Retry-After": RETRY_SECONDS})
    return answer
