"""The Message-IDs of our mails."""

from __future__ import annotations

import uuid

from django.conf import settings


def new_email_message_id() -> str:
    """An RFC 5322 Message-ID, made once per mail and kept over every attempt."""
    return f"<{uuid.uuid4().hex}@{message_id_domain()}>"


def message_id_domain() -> str:
    """The right side of our Message-IDs: that of the sending address."""
    return settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip("> ") or "localhost"
