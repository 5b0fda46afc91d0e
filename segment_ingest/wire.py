"""From the document in a request to events, or to a refusal with a code.

Segment's clients differ (where the key stands, which times they send); what is common to
them is here, in words of our own from here on. No database and no clock. The facts about
each client were recorded from the clients themselves: see tests/payloads/segment/.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from django.conf import settings

from promoter.lib.cleaning import MAX_DEPTH, Unstorable, clean, clean_text
from segment_ingest.bodies import Refusal, read_json, read_text
from segment_ingest.times import event_time

# One message may carry the whole batch's context; this bounds what merging makes of it.
MAX_MERGED_BYTES = 4 * 1024 * 1024
# 4 MB of `{},` are over a million objects, and 100 MB of memory. Events have far fewer.
MAX_WEBHOOK_PARTS = 150_000
MAX_ID = 255
TYPES = ("identify", "track", "page", "screen", "group", "alias", "delete")
SHARED = ("context", "integrations")
# Our address or credentials, not part of what happened.
NOT_KEPT = ("writeKey",)
# What makes an event itself, when the client gave it no messageId.
IDENTITY = ("anonymousId", "groupId", "previousId", "name", "properties", "traits")
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Event:
    """One usable event; every text in it can be stored. `text` is `body` as JSON."""

    index: int
    type: str
    message_id: str
    user_id: str
    name: str
    timestamp: datetime
    body: dict[str, Any]
    text: bytes


@dataclass(frozen=True, slots=True)
class Rejected:
    """One event that was not taken, and why."""

    index: int
    message_id: str | None
    code: str
    message: str

    def as_json(self) -> dict[str, Any]:
        return {
            "index": self.index,
            "messageId": self.message_id,
            "code": self.code,
            "message": self.message,
        }


@dataclass(frozen=True, slots=True)
class Reading:
    """What one request held."""

    events: list[Event] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)


def read_document(body: bytes, *, gzipped: bool) -> tuple[dict[str, Any], bool]:
    """The JSON object in a body, and whether its texts are clean. Raises Refusal."""
    text = read_text(body, gzipped=gzipped, most=settings.SEGMENT_MAX_BODY_BYTES)
    document, is_clean = read_json(text)
    if not isinstance(document, dict):
        raise Refusal(400, "bad_shape", "The body must be a JSON object.")
    return document, is_clean


def key_in_document(document: dict[str, Any]) -> str | None:
    """The key of clients that send none in a header: top level, then the first event."""
    batch = document.get("batch")
    first = batch[0] if isinstance(batch, list) and batch else None
    for place in (document, first):
        key = place.get("writeKey") if isinstance(place, dict) else None
        if isinstance(key, str) and key:
            return key
    return None


def read_webhook(text: bytes, *, received_at: datetime) -> Reading:
    """The events that Segment itself posted: one object, or an array. Raises Refusal."""
    if text.count(b"{") + text.count(b"[") > MAX_WEBHOOK_PARTS:
        raise Refusal(400, "too_many_parts", "The body has too many objects and lists.")
    document, is_clean = read_json(text)
    if not isinstance(document, (dict, list)):
        raise Refusal(400, "bad_shape", "The body must be an event or a list of events.")
    if isinstance(document, dict) and not isinstance(document.get("batch"), list):
        document = [document]
    if isinstance(document, list):
        document = {"batch": document}
    return read_events(
        document,
        call="batch",
        received_at=received_at,
        most=settings.SEGMENT_MAX_WEBHOOK_EVENTS,
        is_clean=is_clean,
    )


def read_events(
    document: dict[str, Any],
    *,
    call: str,
    received_at: datetime,
    most: int | None = None,
    is_clean: bool = False,
) -> Reading:
    """The events of a call (`batch`, or the type of a single event), at most so many.

    `is_clean` says that read_json has found nothing that can't be stored. Raises Refusal
    when the batch itself is unusable; an unusable event only costs itself.
    """
    reading = Reading()
    most = settings.SEGMENT_MAX_BATCH_EVENTS if most is None else most
    items = [document] if call != "batch" else _batch(document, most)
    shared = {} if call != "batch" else _shared(document, len(items))
    sent_at = document.get("sentAt")
    for index, item in enumerate(items):
        try:
            body, text, kind = _body(item, call, shared, is_clean)
            event = _event(index, body, text, kind, sent_at, received_at)
            reading.events.append(event)
        except Unstorable as problem:
            given = item.get("messageId") if isinstance(item, dict) else None
            message_id = clean_text(given)[:MAX_ID] if isinstance(given, str) else None
            reading.rejected.append(Rejected(index, message_id, problem.code, str(problem)))
    return reading


def _batch(document: dict[str, Any], most: int) -> list[Any]:
    batch = document.get("batch")
    if not isinstance(batch, list):
        raise Refusal(400, "bad_shape", "A batch needs a list of events in `batch`.")
    if len(batch) > most:
        raise Refusal(413, "too_many_events", f"A batch may hold {most} events.")
    return batch


def _shared(document: dict[str, Any], count: int) -> dict[str, dict[str, Any]]:
    """What a batch says once for all its events."""
    shared = {part: document[part] for part in SHARED if document.get(part)}
    try:
        shared = {part: clean(_object(shared, part)) for part in shared}
    except Unstorable as problem:
        raise Refusal(400, problem.code, str(problem)) from None
    if shared and len(_compact(shared)) * count > MAX_MERGED_BYTES:
        raise Refusal(413, "body_too_large", "The batch's context is too large for it.")
    return shared


def _body(
    item: Any, call: str, shared: dict[str, dict[str, Any]], is_clean: bool
) -> tuple[dict[str, Any], bytes, str]:
    """The event as it is kept, also as JSON, and its type. Raises Unstorable."""
    if not isinstance(item, dict):
        raise Unstorable("bad_shape", "An event must be a JSON object.")
    body = {name: item[name] for name in item if name not in NOT_KEPT}
    if not is_clean:
        body = clean(body)
    text = _encode(body)
    # Fewer brackets in all can't be nested deeper; mostly there is a handful.
    if is_clean and text.count(b"{") + text.count(b"[") > MAX_DEPTH:
        clean(body)
    if len(text) > settings.SEGMENT_MAX_EVENT_BYTES:
        limit = settings.SEGMENT_MAX_EVENT_BYTES // 1024
        raise Unstorable("event_too_large", f"The event is larger than {limit} KB.")
    kind = call if call != "batch" else body.get("type") or body.get("action")
    if not isinstance(kind, str) or kind not in TYPES:
        raise Unstorable("unknown_type", f"`type` must be one of {', '.join(TYPES)}.")
    for part in ("traits", "properties", "context"):
        _object(body, part)
    for part, values in shared.items():
        body[part] = values | _object(body, part)
    return body, _encode(body) if shared else text, kind


def _event(
    index: int, body: dict[str, Any], text: bytes, kind: str, sent_at: Any, now: datetime
) -> Event:
    user_id = _user_id(body.get("userId"))
    if kind == "delete" and not user_id:
        raise Unstorable("no_user_id", "A delete needs the `userId` of whom to erase.")
    name = _event_name(body.get("event")) if kind == "track" else ""
    return Event(
        index=index,
        type=kind,
        message_id=_message_id(body, kind, user_id, name, now),
        user_id=user_id,
        name=name,
        timestamp=event_time(event=body, sent_at=sent_at, received_at=now),
        body=body,
        text=text,
    )


def _object(body: dict[str, Any], part: str) -> dict[str, Any]:
    """The object under that name; PHP clients send an empty one as an empty list."""
    value = body.get(part)
    if isinstance(value, dict):
        return value
    if value is None or value == []:
        return {}
    raise Unstorable(f"bad_{part}", f"`{part}` must be a JSON object.")


def _user_id(value: Any) -> str:
    """Text as it is, numbers as text, nothing as "" (an anonymous event)."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise Unstorable("bad_user_id", "`userId` must be a text or a number.")
    text = str(value)
    if len(text) > MAX_ID:
        raise Unstorable("bad_user_id", f"`userId` is longer than {MAX_ID} characters.")
    return text if text.strip() else ""


def _event_name(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Unstorable("bad_event", "A track needs the name of its event in `event`.")
    name = value.strip()
    if len(name) > MAX_ID:
        raise Unstorable("bad_event", f"`event` is longer than {MAX_ID} characters.")
    return name


def _message_id(
    body: dict[str, Any], kind: str, user_id: str, name: str, now: datetime
) -> str:
    """The client's id, or one made from what the event says.

    Without a timestamp the minute of arrival stands in: a client's quick retry is still
    one event, the same call made again later is another.
    """
    given = body.get("messageId")
    if isinstance(given, (int, float)) and not isinstance(given, bool):
        given = str(given)
    if isinstance(given, str) and given.strip():
        if len(given) <= MAX_ID:
            return given
        return "sha256-" + hashlib.sha256(given.encode()).hexdigest()
    moment = body.get("originalTimestamp") or body.get("timestamp")
    said = [kind, user_id, name, moment or f"{now:%Y-%m-%dT%H:%M}"]
    said += [body.get(part) for part in IDENTITY]
    return "sha256-" + hashlib.sha256(_compact(said)).hexdigest()


def _compact(value: Any) -> bytes:
    """Canonical JSON: what two spellings of one value share."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return text.encode("utf-8", "replace")
