"""A test event: through the real door, about nobody but the person who sends it."""

from __future__ import annotations

import json
import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from promoter.accounts.access import AccountRequest, account_required
from promoter.accounts.models import ApiKey, Membership, User
from segment_ingest.accept import accept
from segment_ingest.connect import connect_response
from segment_ingest.doorbell import inbox_bell
from segment_ingest.testing_form import TestEventForm


@account_required(Membership.Role.OWNER)
@require_POST
def send_test_event(request: AccountRequest) -> HttpResponse:
    """Hands the bytes of a batch to what the Tracking API calls, with a key of its own.

    Not over HTTP: a server with one thread would wait for itself. The survey that may
    come of it goes to the address that the person signs in with, to no other.
    """
    form = TestEventForm(request.POST, account=request.account)
    if not form.is_valid():
        return connect_response(request, test_form=form, status=422)
    now, event = timezone.now(), form.cleaned_data["event"]
    key, text = ApiKey.objects.issue(account=request.account, name="Test event", now=now)
    try:
        answer = accept(
            call="batch",
            body=_batch(request.user, **form.cleaned_data),
            key=text,
            gzipped=False,
            now=now,
        )
    finally:
        key.delete()
    if answer.status != 200:
        messages.error(
            request,
            gettext("Answered %(status)s: %(message)s")
            % {"status": answer.status, "message": answer.body["message"]},
        )
        return redirect("segment-connect")
    if answer.waiting:
        inbox_bell.ring()
    messages.success(
        request,
        gettext(
            "Answered 200. Sent identify and track “%(event)s” for %(person_id)s "
            "(%(email)s). Here is what becomes of them."
        )
        % {
            "event": event,
            "person_id": person_id(request.user),
            "email": request.user.email,
        },
    )
    query = urlencode({"user": person_id(request.user)})
    return redirect(f"{reverse('segment')}?{query}")


def person_id(user: User) -> str:
    return f"promoter-test-{user.pk}"


def _batch(
    user: User, *, event: str, properties: dict[str, Any], traits: dict[str, Any]
) -> bytes:
    """Each press is a new event: without ids two within a minute would be one."""
    who: dict[str, Any] = {"userId": person_id(user)}
    ids = [f"test-{uuid.uuid4()}" for _ in range(2)]
    traits = {"firstName": user.get_short_name(), **traits, "email": user.email}
    properties = {"test": True, **properties}
    return json.dumps(
        {
            "batch": [
                {"type": "identify", **who, "messageId": ids[0], "traits": traits},
                {
                    "type": "track",
                    **who,
                    "messageId": ids[1],
                    "event": event,
                    "properties": properties,
                },
            ]
        }
    ).encode()
