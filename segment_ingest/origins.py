"""From which web pages a browser key may be used (CORS)."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from django.utils.translation import gettext

from promoter.accounts.models import ApiKey

HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
LOCAL = ("localhost", "127.0.0.1")


def clean_origin(text: str) -> str:
    """`https://www.example.com` as browsers send it: no path, no default port.

    Raises ValueError with a sentence for people. Plain http only for one's own computer.
    """
    try:
        parts = urlsplit(text.strip())
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except (ValueError, UnicodeError):
        raise ValueError(
            gettext("“%(text)s” is not the address of a website.") % {"text": text}
        ) from None
    if parts.scheme not in ("http", "https") or not HOST.fullmatch(host):
        raise ValueError(
            gettext("“%(text)s” must look like https://www.example.com.") % {"text": text}
        )
    if parts.path not in ("", "/") or parts.query or parts.fragment or "@" in text:
        raise ValueError(
            gettext("“%(text)s” must end after the host, without a path.") % {"text": text}
        )
    if parts.scheme == "http" and host not in LOCAL:
        raise ValueError(gettext("“%(text)s” must start with https://.") % {"text": text})
    default = 443 if parts.scheme == "https" else 80
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, default) else "")


def is_allowed(origin: str) -> bool:
    """Whether any browser key of the installation names the origin.

    A preflight carries no key, so it can't be asked for one; the call itself is.
    """
    lists = ApiKey.objects.usable().filter(is_browser=True).values_list("allowed_origins")
    return any(origin in origins for (origins,) in lists)
