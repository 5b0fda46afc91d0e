"""The Tracking API as a DRF view: an adapter around `accept`, nothing more."""

from __future__ import annotations

import io
import logging
from typing import IO, Any, BinaryIO, cast

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.functional import cached_property
from rest_framework import status
from rest_framework.exceptions import APIException, MethodNotAllowed, NotFound
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from promoter.accounts.key_in_headers import KeyInHeaders
from segment_ingest.accept import accept, accept_webhook
from segment_ingest.answers import Answer
from segment_ingest.bodies import too_large
from segment_ingest.doorbell import inbox_bell
from segment_ingest.origins import is_allowed

log = logging.getLogger(__name__)
# Beyond this a body is not even read to be thrown away.
MAX_DRAINED_BYTES = 8 * 1024 * 1024


class LengthRequired(APIException):
    status_code = status.HTTP_411_LENGTH_REQUIRED
    default_code = "length_required"
    default_detail = "Send the body with a Content-Length."


class BodyTooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "body_too_large"


class BodyCutOff(APIException):
    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "body_cut_off"
    default_detail = "The body ended before its Content-Length."


class RawBody(BaseParser):
    """The bytes as they came, up to the limit: clients' Content-Types can't be trusted."""

    media_type = "*/*"

    def parse(  # type: ignore[override]  # DRF hands on what a parser returns
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Any = None,
    ) -> bytes:
        limit = parser_context["view"].most_bytes
        try:
            body: bytes = stream.read(limit + 1)
            if len(body) > limit:
                _drain(stream, MAX_DRAINED_BYTES - len(body))
                raise BodyTooLarge(too_large(limit).message)
        except OSError:
            raise BodyCutOff from None
        return body


def _drain(stream: IO[bytes], most: int) -> None:
    """Read on and forget: a client that is still sending when the connection closes sees
    a reset instead of the 413, and sends it all again."""
    while most > 0 and (block := stream.read(64 * 1024)):
        most -= len(block)


class RawRequest(Request):
    """Gives the parser a stream in every case.

    DRF gives none without a Content-Length, and a body of 3 MB (chunked, or HTTP/2) would
    be taken as an empty object with a 200. It is read whole where the server marks its end
    (`wsgi.input_terminated`, as granian does), and refused with 411 elsewhere.
    """

    def _load_stream(self) -> None:
        meta = self._request.META
        length = meta.get("CONTENT_LENGTH") or ""
        if length.isdecimal():
            if int(length) > MAX_DRAINED_BYTES:
                raise BodyTooLarge(too_large(MAX_DRAINED_BYTES).message)
            self._stream = cast(BinaryIO, self._request)
        elif meta.get("wsgi.input_terminated"):
            self._stream = meta["wsgi.input"]
        elif "chunked" in meta.get("HTTP_TRANSFER_ENCODING", "").lower():
            raise LengthRequired
        else:
            self._stream = io.BytesIO()


class AlwaysJson(BaseContentNegotiation):
    """Whatever Accept and Content-Type say: clients send anything there."""

    def select_parser(self, request: Request, parsers: Any) -> BaseParser:
        return parsers[0]  # type: ignore[no-any-return]

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


class SegmentView(APIView):
    """Answers every request, also a wrong one, in the shape that the clients parse."""

    authentication_classes = [KeyInHeaders]
    parser_classes = [RawBody]
    content_negotiation_class = AlwaysJson
    http_method_names = ["post", "options"]
    call = "batch"
    most_bytes = settings.SEGMENT_MAX_BODY_BYTES

    def initialize_request(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> Request:
        return RawRequest(
            request,
            parsers=self.get_parsers(),
            authenticators=self.get_authenticators(),
            negotiator=self.get_content_negotiator(),
            parser_context=self.get_parser_context(request),
        )

    def post(self, request: Request) -> Response:
        answer = accept(
            call=self.call,
            body=cast(bytes, request.data),
            key=cast("str | None", request.auth),
            gzipped=_is_gzipped(request),
            now=timezone.now(),
            origin=request.META.get("HTTP_ORIGIN", ""),
        )
        return _response(answer)

    @property
    def allowed_methods(self) -> list[str]:
        return [name for name in super().allowed_methods if name != "OPTIONS"]

    def options(  # type: ignore[override]  # DRF hands its own request
        self, request: Request, *args: Any, **kwargs: Any
    ) -> Response:
        """What a browser asks before it may call from another website. With no browser
        key for that website there is no such method."""
        if not self._is_allowed_origin:
            raise MethodNotAllowed("OPTIONS")
        asked = request.META.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "")
        headers = {
            "Access-Control-Allow-Methods": "POST",
            "Access-Control-Allow-Headers": asked or "authorization, content-type",
            "Access-Control-Max-Age": "3600",
        }
        return Response({"success": True}, headers=headers)

    def finalize_response(
        self, request: Request, response: Any, *args: Any, **kwargs: Any
    ) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        if origin := self.request.META.get("HTTP_ORIGIN"):
            patch_vary_headers(response, ["Origin"])
            if self._is_allowed_origin:
                response.headers["Access-Control-Allow-Origin"] = origin
                # Segment's browser library waits as long as it can read.
                response.headers["Access-Control-Expose-Headers"] = "Retry-After"
        return response

    @cached_property
    def _is_allowed_origin(self) -> bool:
        try:
            return is_allowed(self.request.META.get("HTTP_ORIGIN", ""))
        except (DatabaseError, InterfaceError):
            return False

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, APIException):
            answer = Answer.error(exc.status_code, str(exc.get_codes()), str(exc.detail))
        else:
            log.exception("A bug in the Tracking API")
            answer = Answer.error(500, "server_error", "Something went wrong on our side.")
        return _response(answer)


class WebhookView(SegmentView):
    """Where Segment's own Webhooks destinations post to; the token is in the address."""

    http_method_names = ["post", "put", "patch"]
    most_bytes = settings.SEGMENT_MAX_WEBHOOK_BYTES

    def post(self, request: Request, token: str = "") -> Response:
        answer = accept_webhook(
            token=token,
            body=cast(bytes, request.data),
            signature=request.META.get("HTTP_X_SIGNATURE", ""),
            gzipped=_is_gzipped(request),
            now=timezone.now(),
        )
        return _response(answer)

    put = patch = post


class NotHere(SegmentView):
    """Any other address under /v1/, in every method."""

    http_method_names = ["get", "head", "options", "post", "put", "patch", "delete"]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound("There is no such call. See /v1/identify, /v1/track, /v1/batch.")


def _is_gzipped(request: Request) -> bool:
    return "gzip" in request.META.get("HTTP_CONTENT_ENCODING", "").lower()


def _response(answer: Answer) -> Response:
    if answer.waiting:
        inbox_bell.ring()
    response = Response(answer.body, status=answer.status)
    if answer.retry_after is not None:
        response.headers["Retry-After"] = str(answer.retry_after)
    return response
