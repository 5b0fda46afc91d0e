"""The WSGI entry point: `granian --interface wsgi promoter.wsgi:application`."""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Iterable
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from promoter.lib import patience
from promoter.lib.logs import id_of_request
from promoter.lib.stop_signals import pass_on_to_main_thread

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "promoter.settings")
django_application = get_wsgi_application()
pass_on_to_main_thread()
patience.begin()

# Only now: it needs the apps to be there.
from segment_ingest.front_door import answer_to, as_response  # noqa: E402

# What is loaded by now stays; garbage is looked for among the rest.
gc.freeze()

CHARSET = re.compile(r";\s*charset=[^;]*", re.IGNORECASE)


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """The Tracking API's plain calls by the short way, and all else by Django, which is
    told of no `charset`: everything is read as UTF-8.

    Django decodes the query by that word while it makes the request, before any
    middleware; some of Python's codecs (hex, bz2_codec) are not for text, and one such
    header would be a 500 on every address.

    Every answer carries the id under which the logs know its request.
    """
    found = id_of_request(environ.get("HTTP_X_REQUEST_ID", ""))

    def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        return start_response(status, [*headers, ("X-Request-ID", found)], *rest)

    taken = answer_to(environ)
    if taken is not None:
        status, headers, body = as_response(taken)
        start(status, headers)
        return [body]
    kind = environ.get("CONTENT_TYPE")
    if kind:
        environ["CONTENT_TYPE"] = CHARSET.sub("", kind)
    if environ.get("wsgi.input_terminated") and not environ.get("CONTENT_LENGTH"):
        _measure(environ)
    answer: Iterable[bytes] = django_application(environ, start)
    return answer


def _measure(environ: dict[str, Any]) -> None:
    """Give a body that came in parts a length: Django reads as much as that says, and so
    nothing of what .NET and Java send. The Tracking API reads for itself, as it takes more.
    """
    if environ["REQUEST_METHOD"] != "POST" or environ["PATH_INFO"].startswith("/v1/"):
        return
    try:
        body = environ["wsgi.input"].read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    except OSError:
        return
    environ |= {"CONTENT_LENGTH": str(len(body)), "wsgi.input": BytesIO(body)}
