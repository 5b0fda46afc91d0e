"""Prove that a scanner which opens every link records nothing, and that people are heard.

The mails are those that the mail server took; every address in their headers and parts is
asked with HEAD and GET, the hidden one too. Then each person presses the button.
"""

from __future__ import annotations

import re
import time
from datetime import timedelta
from email import message_from_bytes, policy
from html import unescape
from urllib.parse import urlsplit

from django.db.models import F
from django.test.utils import override_settings

from contacts.models import Suppression
from segment_ingest.proving.proof import Given, Proof
from segment_ingest.proving.visitor import Visitor, mail_server
from surveys.models import LinkVisit, Response, SurveyEmail, SuspectAnswer
from surveys.proving.sending import make_due
from surveys.tasks import deliver_due_emails

ADDRESS = re.compile(r"https?://[^\s<>\"]+")


def prove_scanners(given: Given, *, mails: int) -> Proof:
    """Send so many, scan all, and answer all."""
    start = time.monotonic()
    make_due(mails, now=given.clock() - timedelta(minutes=1))
    scanner = Visitor(HTTP_USER_AGENT="Mozilla/5.0 (scanner)")
    opened = refused = 0
    with mail_server() as sink, override_settings(SURVEY_FASTEST_ANSWER_SECONDS=0):
        deliver_due_emails()
        found = [links_of(each.raw) for each in sink.envelopes]
        for link in (link for links in found for link in links):
            for ask in (scanner.head, scanner.get):
                refused += ask(link, follow=True).status_code != 200
                opened += 1
        recorded = Response.objects.count() + SuspectAnswer.objects.count()
        left = Suppression.objects.count()
        _let_an_hour_pass()
        for links in found:
            page = next(link for link in links if link.startswith("/s/"))
            Visitor().post(urlsplit(page).path, {"score": 9, "comment": "Good"})
    heard = Response.objects.count()
    return Proof(
        figures={
            "mails": len(found),
            "opened": opened,
            "refused": refused,
            "scores": recorded,
            "unsubscribed": left,
            "people-heard": heard,
            "seconds": f"{time.monotonic() - start:.1f}",
        },
        broken={
            "answers were recorded for a scanner": recorded,
            "people were unsubscribed by a scanner": left,
            "links were refused": refused,
            "mails did not leave": mails - len(found),
            "people were not heard": mails - heard,
        },
    )


def _let_an_hour_pass() -> None:
    """Who answers in the same moment as a scanner comes goes into quarantine."""
    hour = timedelta(hours=1)
    LinkVisit.objects.update(visited_at=F("visited_at") - hour)
    SurveyEmail.objects.update(sent_at=F("sent_at") - hour)


def links_of(raw: bytes) -> list[str]:
    """Every address of ours in the mail, each once, as a path with its query."""
    mail = message_from_bytes(raw, policy=policy.default)
    texts = [str(mail["List-Unsubscribe"])]
    for kind in ("plain", "html"):
        part = mail.get_body((kind,))
        texts.append(str(part.get_content()) if part else "")
    found = (urlsplit(unescape(each)) for each in ADDRESS.findall("\n".join(texts)))
    paths = (each.path + (f"?{each.query}" if each.query else "") for each in found)
    return list(dict.fromkeys(paths))
