"""Hand one mail to a provider's HTTP API: one request, so one moment of doubt.

Over HTTP nothing is known before the answer to the whole mail. What the answer, or the
lack of one, means for the mail is decided here, by the rule that a mail which may have
been taken is never called unsent.
"""

from __future__ import annotations

import ssl
import uuid
from collections.abc import Iterator

import requests
from anymail.backends.base import AnymailBaseBackend
from anymail.exceptions import (
    AnymailAPIError,
    AnymailConfigurationError,
    AnymailError,
    AnymailRecipientsRefused,
)
from anymail.message import AnymailStatus
from anymail.utils import UNSET
from django.core.mail import EmailMessage
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from promoter.lib.mail_providers import current
from surveys.sending.faults import (
    Fault,
    MayHaveLeft,
    NotNow,
    Refused,
    ServerUnwell,
    SignInRefused,
)

MAX_REPLY = 300
# The key is refused, has not paid, or may not send from this address: a person must act.
_KEY_CODES = {401, 402, 403}
# A proxy's sign-in, or too fast: no other mail would fare better now.
_UNWELL_CODES = {407, 429}
# A gateway's word (502, 504, and Cloudflare's 52x) is not the provider's: behind it the
# mail may have been taken.
_GATEWAY_CODES = {502, 504, *range(520, 528)}
_NEVER_STARTED = (
    NewConnectionError,
    ConnectTimeoutError,
    ssl.SSLCertVerificationError,
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidHeader,
    requests.exceptions.ProxyError,
)


class ProviderTransport:
    """One HTTP session with a provider, kept over many mails."""

    def __init__(self, backend: AnymailBaseBackend) -> None:
        self._backend = backend
        self._begun: EmailMessage | None = None
        self._message: EmailMessage | None = None

    def open(self) -> None:
        """Make ready; whether the provider can be reached shows with the first mail."""
        try:
            self._backend.open()
        except Exception as error:  # boto3 raises what it likes where no key is found
            raise ServerUnwell(f"The mail provider can't be used: {error}") from error

    def begin(self, message: EmailMessage) -> None:
        self._begun = message

    def prepare(self) -> None:
        message, self._begun = self._begun, None
        if message is None:
            raise NotNow("No mail was begun.")
        self.open()
        # The provider writes both, and some refuse ours. The body must also be the same
        # at every attempt: a key with another body is refused.
        message.extra_headers.pop("Date", None)
        self._carry_key(message, str(message.extra_headers.pop("Message-ID", "")))
        provider = current()
        if provider is not None and not provider.carries_metadata:
            message.metadata = UNSET  # type: ignore[attr-defined]
        self._message = message

    def hand_over(self) -> None:
        """The request, and with it the moment of doubt, is one with its answer."""

    def answer(self) -> str:
        message, self._message = self._message, None
        if message is None:
            raise NotNow("No mail was prepared.")
        try:
            taken = self._backend.send_messages([message])
        except AnymailRecipientsRefused as error:
            raise _refusal(message, error) from error
        except AnymailAPIError as error:
            raise _api_fault(error) from error
        except (AnymailError, AnymailConfigurationError) as error:
            # Said before any request: anymail can't say this mail in that API.
            raise NotNow(f"The provider’s API has no words for it: {error}") from error
        except Exception as error:
            raise MayHaveLeft(f"{type(error).__name__}: {error}") from error
        status = _status(message)
        # Anymail takes some refusals for a yes when it can't read whom they are about.
        refused = getattr(status.esp_response, "status_code", 200) >= 400
        if not taken or refused or "failed" in (status.status or ()):
            raise NotNow(
                f"The mail provider did not take it: {_words(status.esp_response)}"
            )
        return next(iter(_ids(status)), "")

    def abandon(self) -> None:
        self._begun = self._message = None

    def close(self) -> None:
        self._backend.close()

    def _carry_key(self, message: EmailMessage, message_id: str) -> None:
        """The same key at every attempt, where the provider looks for it."""
        provider = current()
        if provider is None or not provider.key_life or not message_id:
            return
        key = message_id.strip("<>")
        if provider.key_in_mail:
            local_part = key.partition("@")[0]
            message.extra_headers["idempotencyKey"] = str(uuid.UUID(local_part))
        else:
            self._backend.session.headers["Idempotency-Key"] = key


def _status(message: EmailMessage) -> AnymailStatus:
    status: AnymailStatus = getattr(message, "anymail_status", None) or AnymailStatus()
    return status


def _ids(status: AnymailStatus) -> list[str]:
    found = status.message_id if isinstance(status.message_id, set) else {status.message_id}
    return sorted(str(name)[:255] for name in found if name)


def _refusal(message: EmailMessage, error: AnymailRecipientsRefused) -> Refused:
    """Invalid is a word about the address. Rejected may be one about the sender."""
    statuses = _status(message).status or set()
    return Refused(
        f"The mail provider refused the address: {_reply(error)}",
        dead=statuses == {"invalid"},
    )


def _api_fault(error: AnymailAPIError) -> Fault | MayHaveLeft:
    """What an error of the API means for the mail and for those behind it."""
    code = _status_code(error)
    if code is None:
        return _connection_fault(error)
    text = f"{code} {_reply(error)}"
    if code < 400 or code in _GATEWAY_CODES:
        return MayHaveLeft(f"No clear answer from the mail provider: {text}")
    if _is_repeat(code, text):
        return MayHaveLeft(text, repeatable="concurrent" in text.lower())
    if code in _KEY_CODES:
        return SignInRefused(text)
    if code in _UNWELL_CODES or code >= 500:
        return ServerUnwell(text)
    if code == 413:
        return Refused(text)
    # A sender not verified and an address not liked look alike here: tried again for
    # 72 hours, which is time to mend the one and an end for the other.
    return NotNow(text)


def _connection_fault(error: AnymailAPIError) -> Fault | MayHaveLeft:
    cause = error.__cause__ or error
    text = f"{type(cause).__name__}: {cause}"[:MAX_REPLY]
    never_started = any(
        isinstance(found, _NEVER_STARTED)
        or (isinstance(found, ssl.SSLError) and "WRONG_VERSION" in str(found))
        or type(found).__name__ in {"EndpointConnectionError", "NoCredentialsError"}
        for found in _causes(cause)
    )
    if never_started:
        return ServerUnwell(f"No connection to the mail provider: {text}")
    return MayHaveLeft(f"No answer from the mail provider: {text}")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what lies below it; urllib3 keeps its reason in an attribute."""
    waiting, seen = [error], set()
    while waiting:
        found = waiting.pop()
        if id(found) in seen:
            continue
        seen.add(id(found))
        yield found
        below = (
            found.__cause__,
            found.__context__,
            getattr(found, "reason", None),
            *found.args,
        )
        waiting += [one for one in below if isinstance(one, BaseException)]


def _status_code(error: AnymailAPIError) -> int | None:
    """The HTTP status; boto3 keeps it elsewhere, and has none without an answer."""
    if error.status_code is not None:
        return int(error.status_code)
    if isinstance(error.response, dict):
        code = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        return int(code) if code else None
    return None


def _is_repeat(code: int, text: str) -> bool:
    """Whether the provider says that it was given this key before."""
    provider = current()
    if provider is None or not provider.key_life or not 400 <= code < 500:
        return False
    return any(word in text.lower() for word in ("idempoten", "duplicate"))


def _reply(error: AnymailError) -> str:
    """The provider's own words on one line. Headers, where keys are, are no part of it."""
    return _words(error.response) or " ".join(map(str, error.args))[:MAX_REPLY]


def _words(response: object) -> str:
    text: str = getattr(response, "text", "")
    return " ".join(text.replace(chr(0), "").split())[:MAX_REPLY]
