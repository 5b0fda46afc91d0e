"""`POST /api/v1/campaigns/<id>/surveys`: a program says whom to ask.

Status codes are chosen for retries: 503 and 409 after a change may be sent again, with
the same idempotency key at no risk; any other 4xx will never be usable as it is.
"""

from __future__ import annotations

import logging
import uuid
from typing import Any, cast

from django.db import DatabaseError, InterfaceError
from django.utils import timezone
from rest_framework.exceptions import APIException
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from campaigns.models import Campaign
from promoter.accounts.access import for_account
from promoter.accounts.key_in_headers import KeyInHeaders
from promoter.accounts.models import Account, ApiKey
from promoter.accounts.suspending import SUSPENDED
from promoter.lib.ids import id_in
from surveys.asking.request_bodies import MAX_BYTES, BadRequest, read_wish
from surveys.asking.requesting import Requested, request_survey
from surveys.models import SkipReason
from surveys.tasks import mail_bell

log = logging.getLogger(__name__)


class Refused(APIException):
    """Ends the call with this status, code and sentence."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message, code)
        self.status_code = status


class AlwaysJson(BaseContentNegotiation):
    """Whatever Accept and Content-Type say."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> Any:
        return renderers[0], renderers[0].media_type


class CampaignSurveys(APIView):
    """Schedules one survey of an API campaign."""

    authentication_classes = [KeyInHeaders]
    content_negotiation_class = AlwaysJson
    http_method_names = ["post"]

    def post(self, request: Request, pk: str) -> Response:
        account = _account(cast("str | None", request.auth))
        campaign = (
            for_account(Campaign, account)
            .select_related("account", "throttle")
            .filter(pk=id_in(pk))
            .first()
        )
        if campaign is None:
            raise Refused(404, "not_found", "There is no such campaign.")
        if campaign.kind != Campaign.Kind.API:
            raise Refused(409, "wrong_kind", "This campaign is not asked for by the API.")
        if campaign.is_draft:
            raise Refused(409, "draft", "This campaign is a draft. Activate it first.")
        try:
            wish = read_wish(_body(request))
        except BadRequest as problem:
            raise Refused(400, problem.code, str(problem)) from None
        requested = request_survey(
            campaign=campaign,
            named=wish.named,
            trigger_id=wish.idempotency_key or f"api-{uuid.uuid4().hex}",
            now=timezone.now(),
        )
        return _answer(requested)

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, APIException):
            return _error(exc.status_code, str(exc.get_codes()), str(exc.detail))
        if isinstance(exc, (DatabaseError, InterfaceError)):
            # Away, busy, or somebody else has just created the same contact.
            log.warning("The API has to be asked again: %s", exc)
            answer = _error(503, "try_again", "That did not work just now. Send it again.")
            answer.headers["Retry-After"] = "2"
            return answer
        log.exception("A bug in the API")
        return _error(500, "server_error", "Something went wrong on our side.")


def _account(key: str | None) -> Account:
    """Whose key this is. Raises Refused."""
    if not key:
        raise Refused(401, "missing_key", "Send your API key: Authorization: Bearer KEY.")
    found = ApiKey.objects.matching(key)
    if found is None:
        raise Refused(401, "unknown_key", "This API key is unknown or revoked.")
    if found.is_browser:
        raise Refused(
            403,
            "browser_key",
            "A browser key stands in a web page for everybody to read. Use a server key.",
        )
    if found.account.suspended_at is not None:
        raise Refused(403, "account_suspended", SUSPENDED)
    found.note_use(now=timezone.now())
    return found.account


def _body(request: Request) -> bytes:
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length != "0" and not 0 < id_in(length) <= MAX_BYTES:
        limit = MAX_BYTES // 1024
        raise Refused(413, "body_too_large", f"The body is larger than {limit} KB.")
    body: bytes = request._request.body
    return body


def _answer(requested: Requested) -> Response:
    survey = requested.survey
    if survey is None or requested.skipped:
        reason = SkipReason(requested.skipped)
        return Response(
            {"success": True, "skipped": reason.value, "message": f"{reason.label}."}
        )
    if requested.is_new and survey.due_at <= survey.triggered_at:
        mail_bell.ring()
    body = {"success": True, "survey": survey.pk, "due_at": survey.due_at.isoformat()}
    return Response(body, status=201 if requested.is_new else 200)


def _error(status: int, code: str, message: str) -> Response:
    return Response({"success": False, "code": code, "message": message}, status=status)
