"""Texts that try to run a script, and where a stranger or a colleague can put them.

Each that could run in a browser calls `canary()`.
"""

from __future__ import annotations

from django.db import models

from campaigns.models import Campaign, EmailTemplate, Throttle
from contacts.models import Attribute, Contact, ContactList, SavedFilter
from promoter.accounts.models import Account, ApiKey, User
from promoter.webhooks.models import Endpoint
from segment_ingest.models import Connection, EventCount, SegmentMessage
from surveys.models import (
    CannedReply,
    CaseEvent,
    Response,
    Rule,
    Survey,
    SurveyEmail,
    Tag,
)

TEXTS = [
    "<script>canary()</script>",
    "<img src=x onerror=canary()>",
    '"><svg onload=canary()>',
    "'><svg onload=canary()>",
    '" autofocus onfocus=canary() x="',
    "' autofocus onfocus=canary() x='",
    "</title><script>canary()</script>",
    "</textarea><script>canary()</script>",
    "</script><script>canary()</script>",
    "--><script>canary()</script>",
    "javascript:canary()",
    "{{constructor.constructor('canary()')()}}",
    "{% debug %}{{ request }}",
    "${canary()}",
    "<a href=javascript:canary()>x</a>",
    "<iframe srcdoc='<script>parent.canary()</script>'>",
    "<details open ontoggle=canary()>",
    "<math><mtext></p><style><img src onerror=canary()></style></mtext></math>",
    "<b hx-get=/ hx-trigger=load hx-on::load=canary()>",
    "<meta http-equiv=refresh content='0;url=javascript:canary()'>",
    "\u2028canary()\u2029<!--",
    "%3Cscript%3Ecanary()%3C/script%3E",
]
# The texts of each row that a page shows.
FIELDS: dict[type[models.Model], list[str]] = {
    Account: ["name", "postal_address", "sending_paused_because"],
    User: ["name"],
    Contact: ["first_name", "last_name", "user_id"],
    ContactList: ["name"],
    SavedFilter: ["name"],
    EmailTemplate: [
        *("name", "subject", "preheader", "from_name", "brand", "intro"),
        *("reminder_subject", "reminder_intro", "thank_you"),
        *("promoter_thanks", "promoter_link_label", "promoter_link_url"),
    ],
    Throttle: ["name"],
    Campaign: ["name", "event_name", "cancel_event", "paused_because"],
    ApiKey: ["name"],
    Connection: ["name"],
    Endpoint: ["url"],
    Attribute: ["name"],
    EventCount: ["event"],
    SegmentMessage: ["message_id", "user_id", "event", "detail"],
    SurveyEmail: ["outcome_detail", "error"],
    Response: ["comment"],
    CaseEvent: ["text"],
    CannedReply: ["name", "text"],
    Rule: ["name", "attribute", "value", "words"],
    Tag: ["name"],
}


def poison(rows: dict[type[models.Model], models.Model], turn: int = 0) -> None:
    """Fill each field of those rows with as many of the texts as fit; each field begins
    with another, and each turn with the next.

    By UPDATE, past every form: what a form refuses may come from Segment, or be old.
    """
    for model, names in FIELDS.items():
        lengths = {field.name: field.max_length for field in model._meta.concrete_fields}
        values = {}
        for name in names:
            values[name] = packed(turn, lengths[name] or 2_000)
            turn += 1
        model._default_manager.filter(pk=rows[model].pk).update(**values)
    text = packed(turn, 200)
    attributes = {"plan": text, text: "gold", "list": [text], "deep": {text: text}}
    Contact.objects.filter(pk=rows[Contact].pk).update(attributes=attributes)
    Survey.objects.filter(pk=rows[Survey].pk).update(attributes=attributes)
    SegmentMessage.objects.filter(pk=rows[SegmentMessage].pk).update(
        body={"event": text, "properties": {text: text}, "context": {"page": text}}
    )


def packed(turn: int, length: int) -> str:
    """The texts from that one on, whole ones, up to the length."""
    start = turn % len(TEXTS)
    text = ""
    for each in [*TEXTS[start:], *TEXTS[:start]]:
        if len(text) + len(each) < length:
            text += f"{each} "
    return text.rstrip() or TEXTS[0][:length]
