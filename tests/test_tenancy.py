"""No account sees another: every model belongs to one, every address asks whose it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from django.db import models, transaction
from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver

from campaigns.models import Campaign, EmailTemplate, TemplateVersion, Throttle
from contacts.models import (
    BulkJob,
    Contact,
    ContactList,
    ImportJob,
    SavedFilter,
    Suppression,
)
from promoter.accounts.models import Account, ApiKey, Invitation, Membership, User
from promoter.operations.models import TaskRun, Worker
from promoter.webhooks.models import Endpoint
from segment_ingest.models import Connection, Replay
from surveys.models import (
    CannedReply,
    Case,
    ExportJob,
    Rule,
    SurveyEmail,
    SuspectAnswer,
    Tag,
)
from tests.rows import make_rows, own_models

pytestmark = pytest.mark.django_db

PACKAGES = {"promoter", "contacts", "campaigns", "surveys", "segment_ingest"}
# Patterns of addresses that answer without a sign-in, each with who is let in and why.
PUBLIC = {
    r"\^(v1|sdk)\b.*": "Segment shows an API key on every call",
    r"\^api/.*": "programs show an API key on every call",
    r"s/.*": "the signed token in a survey's link says who answers",
    r"\^logos/.*": "mail programs fetch it; the address is made of the image itself",
    r"\^s/colours/.*": "a colour is nobody's secret; the address itself names it",
    r"u/.*": "the signed token in an unsubscribe link says who asks",
    r"mail/events/.*": "a mail provider shows a password, or signs what it posts",
    r"sign-(in|out|up)/.*": "the door itself",
    r"\^?password/.*": "the key in a mail's link is the proof of who forgot theirs",
    r"invitations/.*": "the signed token in an invitation's link says whose it is",
    r"campaigns/test-link/.*": "where a test mail's links lead, wherever it is read",
}
# Views that take a POST without a CSRF token, each with what stands in its place.
WITHOUT_CSRF = {
    "segment_ingest.views": "Segment is no browser and sends an API key",
    "surveys.views.digest_off": "no session is used; the token is the proof (RFC 8058)",
    "surveys.views.mail_events": "providers are no browsers; they show a password or sign",
    "surveys.views.api": "programs are no browsers and send an API key",
    "surveys.views.public": "no session is used; the token in the address is the proof",
    "surveys.views.public_answer": "no session is used; the token is the proof",
    "surveys.views.public_unsubscribe": "mail programs post it in one click (RFC 8058)",
}
# Whose row the address names: every one of these must be 404 for a stranger.
OWNED: dict[str, type[models.Model]] = {
    "api-key-rename": ApiKey,
    "campaign": Campaign,
    "campaign-activate": Campaign,
    "campaign-audience": Campaign,
    "campaign-complete": Campaign,
    "campaign-delete": Campaign,
    "campaign-duplicate": Campaign,
    "campaign-funnel-csv": Campaign,
    "campaign-keep-paused": Campaign,
    "campaign-log": Campaign,
    "campaign-pause": Campaign,
    "campaign-resume": Campaign,
    "campaign-setup": Campaign,
    "campaign-setup-step": Campaign,
    "campaign-test-mail": Campaign,
    "campaign-template": EmailTemplate,
    "campaign-template-delete": EmailTemplate,
    "campaign-template-preview": EmailTemplate,
    "campaign-template-test-mail": EmailTemplate,
    "campaign-template-restore": TemplateVersion,
    "campaign-template-version-preview": TemplateVersion,
    "campaign-template-versions": EmailTemplate,
    "campaign-throttle": Throttle,
    "campaign-throttle-delete": Throttle,
    "contact": Contact,
    "contact-answers-csv": Contact,
    "contact-answers-svg": Contact,
    "contact-bulk-cancel": BulkJob,
    "contact-bulk-job": BulkJob,
    "contact-bulk-progress": BulkJob,
    "contact-data": Contact,
    "contact-edit": Contact,
    "contact-erase": Contact,
    "contact-filter-delete": SavedFilter,
    "contact-filter-rename": SavedFilter,
    "contact-import": ImportJob,
    "contact-import-cancel": ImportJob,
    "contact-import-progress": ImportJob,
    "contact-import-rejected": ImportJob,
    "contact-list-delete": ContactList,
    "contact-list-members": ContactList,
    "contact-list-remove": ContactList,
    "contact-list-rename": ContactList,
    "contact-lists-join": Contact,
    "contact-stop": Contact,
    "contact-suppression-lift": Suppression,
    "contact-timeline": Contact,
    "export": ExportJob,
    "export-file": ExportJob,
    "export-progress": ExportJob,
    "export-remove": ExportJob,
    "sent-mail": SurveyEmail,
    "sent-mail-view": SurveyEmail,
    "segment-event-check": Campaign,
    "segment-connection": Connection,
    "segment-connection-drop": Connection,
    "segment-connection-revoke": Connection,
    "segment-connection-rotate": Connection,
    "segment-connection-unsigned": Connection,
    "segment-key-revoke": ApiKey,
    "webhook": Endpoint,
    "webhook-act": Endpoint,
    "webhook-delete": Endpoint,
    "people-invitation-resend": Invitation,
    "people-invitation-withdraw": Invitation,
    "people-remove": Membership,
    "people-role": Membership,
    "quarantine-settle": SuspectAnswer,
    "inbox-reply": CannedReply,
    "inbox-rule": Rule,
    "inbox-rule-act": Rule,
    "inbox-tag": Tag,
    "response": Case,
    "response-act": Case,
    "response-import-undo": ImportJob,
    "response-again": Case,
    "response-forward": Case,
    "response-reply": Case,
    "segment-backtest": Campaign,
    "segment-backtest-line": Campaign,
    "segment-replay": Replay,
    "segment-replay-send": Replay,
    "segment-replay-stop": Replay,
}
# A person may work in several accounts; their memberships belong to one each. Processes
# work for all.
OF_THE_INSTALLATION = {User, Worker, TaskRun}
# What else an address carries beside the row.
OTHER_ARGUMENTS = {"campaign-setup-step": {"key": "event"}}
NUMBER = 74747


@dataclass(frozen=True)
class Route:
    """One address of the application, as the resolver knows it."""

    pattern: str
    name: str
    view: Callable[..., Any]
    takes_arguments: bool

    @property
    def is_public(self) -> bool:
        return any(re.fullmatch(public, self.pattern) for public in PUBLIC)


def walk(patterns: list[URLPattern | URLResolver], above: str = "") -> Iterator[Route]:
    for pattern in patterns:
        path = above + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            if pattern.app_name != "admin":
                yield from walk(pattern.url_patterns, path)
        else:
            yield Route(
                path,
                pattern.name or path,
                pattern.callback,
                bool(pattern.pattern.converters),
            )


ROUTES = list(walk(get_resolver().url_patterns))
PRIVATE = [route for route in ROUTES if not route.is_public]
PRIVATE_PLAIN = [route for route in PRIVATE if not route.takes_arguments]
PRIVATE_ROWS = [route for route in PRIVATE if route.takes_arguments]


@pytest.fixture
def rows(account) -> dict[type[models.Model], models.Model]:
    """One row of everything, in Alice's account."""
    return make_rows(NUMBER, account)


def path_of(route: Route, rows: dict[type[models.Model], models.Model]) -> str:
    """The address with the ids of Alice's rows in it."""
    values = {"pk": rows[OWNED[route.name]].pk, **OTHER_ARGUMENTS.get(route.name, {})}
    path = re.sub(r"<(?:\w+:)?(\w+)>", lambda match: str(values[match[1]]), route.pattern)
    return f"/{path}"


def everything_of(account: Account) -> dict[str, list[dict[str, Any]]]:
    """All rows of the account, to see that nobody touched one."""
    return {
        model.__name__: list(model._default_manager.filter(account=account).values())
        for model in own_models()
        if any(field.name == "account" for field in model._meta.fields)
    }


def reaches_account(model: type[models.Model], seen: frozenset[Any] = frozenset()) -> bool:
    """Whether a foreign key that is never empty leads to an account, over how many ever."""
    if model is Account:
        return True
    if model in seen:
        return False
    return any(
        reaches_account(field.remote_field.model, seen | {model})
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and not field.null
    )


def test_every_row_belongs_to_an_account():
    homeless = [
        model.__name__
        for model in apps.get_models()
        if model.__module__.split(".")[0] in PACKAGES
        and model not in OF_THE_INSTALLATION
        and not reaches_account(model)
    ]

    assert homeless == []


def test_every_address_with_an_id_says_whose_row_it_names():
    with_arguments = {route.name for route in PRIVATE_ROWS}

    assert with_arguments == set(OWNED), "add the address to OWNED, or take it out"


def test_what_is_public_still_exists():
    unused = [
        pattern
        for pattern in PUBLIC
        if not any(re.fullmatch(pattern, route.pattern) for route in ROUTES)
    ]

    assert unused == []


def test_only_these_views_take_a_post_without_a_csrf_token():
    exempt = {
        route.view.__module__
        for route in ROUTES
        if getattr(route.view, "csrf_exempt", False)
    }

    assert exempt == set(WITHOUT_CSRF)
    assert all(route.is_public for route in ROUTES if route.view.__module__ in WITHOUT_CSRF)


def test_a_foreign_id_is_not_found_and_nothing_changes(
    rows, account, alice_client, charlie_client
):
    # All in one test: the rows are made once, which is what costs.
    before = everything_of(account)
    wrong = {}
    for route in PRIVATE_ROWS:
        path = path_of(route, rows)
        answers = {
            charlie_client.get(path).status_code,
            charlie_client.post(path).status_code,
        }
        # 405: a view that takes only the one says so to everybody.
        if 404 not in answers or not answers <= {404, 405}:
            wrong[route.name] = answers

    assert wrong == {}
    assert everything_of(account) == before
    # The same addresses are there for Alice, so the 404s above were the stranger's.
    for route in PRIVATE_ROWS:
        with undone():
            status = alice_client.get(path_of(route, rows)).status_code
        assert status in {200, 302, 405}, route.name


def test_who_is_not_signed_in_is_sent_to_the_sign_in(rows, account, client):
    before = everything_of(account)
    let_in = []
    for route in PRIVATE:
        path = path_of(route, rows) if route.takes_arguments else f"/{route.pattern}"
        for answer in (client.get(path), client.post(path)):
            sent = answer.headers.get("Location", "").startswith("/sign-in/?next=")
            if answer.status_code != 405 and not (answer.status_code == 302 and sent):
                let_in.append((route.name, answer.status_code))

    assert let_in == []
    assert everything_of(account) == before


def test_a_strangers_pages_show_nothing_of_alices(rows, charlie_client):
    marks = marks_of(rows)
    for route in PRIVATE_PLAIN:
        with undone():
            answer = charlie_client.get(f"/{route.pattern}")
            text = text_of(answer)
        # 403: for those who run the installation.
        assert answer.status_code in {200, 302, 403, 405}, route.name
        assert [mark for mark in marks if mark in text] == [], route.name


@contextmanager
def undone() -> Iterator[None]:
    """What a request does is taken back: it changes nothing for the next one."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def marks_of(rows: dict[type[models.Model], models.Model]) -> list[str]:
    names = [f"List {NUMBER}", f"After an order {NUMBER}", f"Default {NUMBER}"]
    contact, key = rows[Contact], rows[ApiKey]
    names += [f"Ordered {NUMBER}", f"plan{NUMBER}", f"hooks{NUMBER}"]
    return [*names, str(contact), contact.user_id, key.prefix, f"person{NUMBER}@"]


def test_alice_sees_her_own(rows, alice_client):
    """Else the pages above would be silent for another reason."""
    seen = "".join(
        text_of(alice_client.get(path)) for path in ("/campaigns/", "/contacts/")
    )

    assert f"After an order {NUMBER}" in seen
    assert str(rows[Contact]) in seen


def text_of(answer: HttpResponse) -> str:
    """The page, without the places where a long address may be broken."""
    # A download is sent in parts and has no content of its own.
    whole = b"".join(answer) if answer.streaming else answer.content
    return whole.decode().replace("<wbr>", "")
