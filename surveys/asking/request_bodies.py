"""What a program may say when it asks for a survey. No database and no clock."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from contacts.addresses import clean_address
from contacts.naming import Named
from promoter.lib.cleaning import Unstorable, clean

MAX_BYTES = 32 * 1024
MAX_ID = 255
MAX_NAME = 120
FIELDS = ("email", "user_id", "first_name", "last_name", "attributes", "idempotency_key")


class BadRequest(ValueError):
    """The body can't be used: a code for programs, a sentence for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Wish:
    """Whom to ask; the key makes two calls one."""

    named: Named
    idempotency_key: str = ""


def read_wish(body: bytes) -> Wish:
    """Raises BadRequest."""
    document = _document(body)
    unknown = sorted(set(document) - set(FIELDS))
    if unknown:
        raise BadRequest(
            "unknown_field", f"`{unknown[0][:80]}` is no field; use {', '.join(FIELDS)}."
        )
    email = _email(document.get("email"))
    user_id = _text(document, "user_id", MAX_ID)
    if not email and not user_id:
        raise BadRequest("nobody", "Say whom to ask, by `email` or by `user_id`.")
    attributes = document.get("attributes") or {}
    if not isinstance(attributes, dict):
        raise BadRequest("bad_attributes", "`attributes` must be a JSON object.")
    names = {
        # Names stand in mail headers, where a line break would begin a new one.
        name: " ".join(_text(document, name, MAX_NAME).split())
        for name in ("first_name", "last_name")
    }
    return Wish(
        Named(user_id=user_id, email=email, names=names, attributes=attributes),
        _text(document, "idempotency_key", MAX_ID),
    )


def _document(body: bytes) -> dict[str, Any]:
    if not body.strip():
        raise BadRequest("empty_body", "The body is empty. Send a JSON object.")
    try:
        document = clean(json.loads(body.decode("utf-8-sig")))
    except Unstorable as problem:
        raise BadRequest(problem.code, str(problem)) from None
    except RecursionError:
        raise BadRequest("too_deep", "The body is nested too deeply.") from None
    except UnicodeDecodeError:
        raise BadRequest("not_utf8", "The body is not UTF-8 text.") from None
    except ValueError:
        raise BadRequest("bad_json", "The body is not valid JSON.") from None
    if not isinstance(document, dict):
        raise BadRequest("bad_shape", "The body must be a JSON object.")
    return document


def _email(value: Any) -> str:
    if value is None or value == "":
        return ""
    address = clean_address(value)
    if address is None:
        raise BadRequest("bad_email", "`email` is not one email address.")
    return address


def _text(document: dict[str, Any], name: str, most: int) -> str:
    value = document.get(name)
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool) and name != "first_name":
        value = str(value)
    if not isinstance(value, str):
        raise BadRequest(f"bad_{name}", f"`{name}` must be a text.")
    if len(value) > most:
        raise BadRequest(f"bad_{name}", f"`{name}` is longer than {most} characters.")
    return value.strip()
