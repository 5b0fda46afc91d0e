"""Every act that matters leaves its line in the audit log, and no contact's address."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from campaigns.models import Campaign, EmailTemplate
from campaigns.template_forms import EmailTemplateForm
from contacts.models import Contact, ContactList, Suppression
from promoter.accounts.models import ApiKey, AuditEvent
from segment_ingest.models import Connection, Replay
from surveys.models import ExportJob, Response, SurveyEmail, SuspectAnswer
from tests.rows import make_rows

pytestmark = pytest.mark.django_db
NUMBER = 91919


@pytest.fixture
def rows(account):
    return make_rows(NUMBER, account)


@pytest.fixture
def post(alice_client, rows):
    """Posts as Alice and says which lines that added to the log."""

    def act(address: str, row=None, /, **data) -> list[tuple[str, str]]:
        seen = set(AuditEvent.objects.values_list("pk", flat=True))
        path = reverse(address, args=[] if row is None else [row.pk])
        answer = alice_client.post(path, data)
        assert answer.status_code in {200, 302}, answer.content.decode()[-2000:]
        if answer.streaming:
            b"".join(answer)
        new = AuditEvent.objects.exclude(pk__in=seen).order_by("pk")
        assert {event.actor_email for event in new} <= {"alice@example.com"}
        return [(event.action, event.target_label) for event in new]

    return act


def test_a_campaigns_life_is_written_down(post, rows, account):
    campaign = rows[Campaign]
    name = campaign.name

    assert post("campaign-pause", campaign) == [("campaign.paused", name)]
    assert post("campaign-pause", campaign) == [], "it was paused already"
    assert post("campaign-resume", campaign) == [("campaign.resumed", name)]
    assert post("campaign-duplicate", campaign) == [("campaign.duplicated", name)]
    copy = Campaign.objects.get(status=Campaign.Status.DRAFT)
    assert post("campaign-delete", copy) == [("campaign.deleted", copy.name)]
    began = post("campaign-new", kind="segment", name="Another")
    assert began == [("campaign.created", "Another")]
    assert post("campaign-complete", campaign) == [("campaign.completed", name)]


def test_a_live_campaigns_changed_fields_are_named(alice_client, rows):
    campaign = rows[Campaign]
    path = reverse("campaign-setup-step", args=[campaign.pk, "delivery"])
    sent = {"delivery_delay": "7", "reminder": "none"}

    alice_client.post(path, sent)
    alice_client.post(path, sent)
    alice_client.post(
        reverse("campaign-setup-step", args=[campaign.pk, "list"]),
        {"choice": "new", "new_name": "Fresh"},
    )

    changes = AuditEvent.objects.filter(account=campaign.account).order_by("pk")[1:]
    assert [(one.action, one.details.get("changed")) for one in changes] == [
        ("campaign.changed", ["Delivery delay, in days"]),
        ("list.created", None),
        ("campaign.changed", ["Contact list", "Name of the new list"]),
    ]
    page = alice_client.get(reverse("audit-log")).content.decode()
    assert "Delivery delay, in days (“0” → “7”)" in page


def test_templates_and_lists(post, rows, account):
    spare = EmailTemplate.objects.create(
        account=account, name="Spare", subject="How?", brand="Acme"
    )
    shown = EmailTemplateForm(instance=spare, account=account)
    words = {field.html_name: field.value() or "" for field in shown}
    words |= {"subject": "How now?"}
    assert post("campaign-template", spare, **words) == [("template.changed", "Spare")]
    subject = {"Subject": ["How?", "How now?"]}
    assert AuditEvent.objects.first().details == {"changed": ["Subject"], "values": subject}
    assert post("campaign-template-delete", spare) == [("template.deleted", "Spare")]
    fresh = post("campaign-template-new", **words | {"name": "Fresh"})
    assert fresh == [("template.created", "Fresh")]

    assert post("contact-list-create", name="VIP") == [("list.created", "VIP")]
    vip = ContactList.objects.get(name="VIP")
    assert post("contact-list-rename", vip, name="VIPs") == [("list.renamed", "VIPs")]
    contact = rows[Contact]
    filled = post("contact-bulk", act="add", list=vip.pk, contact=contact.pk)
    assert filled == [("list.filled", "VIPs")]
    emptied = post("contact-list-remove", vip, contact=contact.pk)
    assert emptied == [("list.emptied", "VIPs")]
    assert post("contact-list-delete", vip) == [("list.deleted", "VIPs")]


def test_contacts_are_named_by_nothing(post, rows, account, now, alice_client):
    contact = rows[Contact]
    assert post("contact-add", email="ada@example.com") == [("contact.created", "")]
    edit = {"email": contact.email, "first_name": "Adele", "last_name": ""}
    edit |= {"attribute-TOTAL_FORMS": "0", "attribute-INITIAL_FORMS": "0"}
    assert post("contact-edit", contact, **edit) == [("contact.changed", "")]
    assert post("contact-stop", contact) == [("contact.stopped", "")]
    everybody = {"act": "stop", "all": "yes", "confirmed": "yes"}
    assert post("contact-bulk", **everybody) == [("contact.many_stopped", "")]
    ticked = post("contact-bulk", act="export", contact=contact.pk)
    assert ticked == [("contact.exported", "")]
    assert post("export-start", what="contacts") == [("contact.exported", "")]
    assert post("export-start", what="inbox") == [("export.responses", "")]
    assert post("export-start", what="surveys") == [("export.surveys", "")]
    label = str(rows[ExportJob])
    assert post("export-remove", rows[ExportJob]) == []
    assert post("export-remove", rows[ExportJob]) == [("export.removed", label)]
    alice_client.get(reverse("contact-data", args=[contact.pk]))
    added = post("contact-suppression-add", addresses="no@example.com", detail="Asked")
    assert added == [("suppression.added", "")]
    lifted = Suppression.objects.get(email="no@example.com")
    assert post("contact-suppression-lift", lifted) == [("suppression.lifted", "")]
    typed = {"typed": contact.email}
    assert post("contact-erase", contact, **typed) == [("contact.erased", "")]

    log = json.dumps(list(AuditEvent.objects.values()), default=str)
    for mark in ("ada@", "adele", "no@example", f"contact{NUMBER}@", "Asked"):
        assert mark.lower() not in log.lower()


def test_mail_answers_and_replays_that_somebody_settles(post, rows, account, now):
    mail = rows[SurveyEmail]
    SurveyEmail.objects.filter(pk=mail.pk).update(status=SurveyEmail.Status.FAILED)
    assert post("outbox-settle", again=mail.pk) == [("mail.again", "")]
    SurveyEmail.objects.filter(pk=mail.pk).update(status=SurveyEmail.Status.FAILED)
    assert post("outbox-settle", leave=mail.pk) == [("mail.left", "")]
    assert post("outbox-settle", leave=mail.pk) == [], "nothing was left to leave"

    suspect = rows[SuspectAnswer]
    rows[Response].delete()
    assert post("quarantine-settle", suspect, act="drop") == [("answer.dropped", "")]
    assert post("quarantine-settle", suspect, act="take") == [("answer.taken", "")]
    assert post("quarantine-settle", suspect, act="take") == []

    replay = rows[Replay]
    Replay.objects.filter(pk=replay.pk).update(status=Replay.Status.WAITING)
    name = rows[Campaign].name
    assert post("segment-replay-stop", replay) == [("replay.stopped", name)]
    assert post("segment-replay-stop", replay) == []


def test_keys_connections_and_settings(post, rows, account):
    assert post("segment-key-create", name="Shop")[0][0] == "key.created"
    key = ApiKey.objects.get(name="Shop")
    assert post("segment-key-revoke", key) == [("key.revoked", str(key))]
    origins = {"allowed_origins": "https://www.example.com"}
    assert post("segment-browser-key-create", **origins)[0][0] == "key.created"

    opened = post("segment-connection-open", name="EU")
    assert opened == [("key.connection_created", "EU")]
    connection = Connection.objects.get(name="EU")
    for address in ("rotate", "drop", "unsigned"):
        name = f"segment-connection-{address}"
        assert post(name, connection) == [("key.connection_changed", "EU")]
    revoked = post("segment-connection-revoke", connection)
    assert revoked == [("key.connection_revoked", "EU")]

    sending = {"section": "speed", "speed-mails_per_minute": "60"}
    assert post("sending-settings", **sending) == [("settings.sending_changed", "")]
    assert post("sending-settings", **sending) == [], "nothing was different"


def test_an_act_that_fails_leaves_no_line(post, rows, account, now):
    used = rows[EmailTemplate]

    assert post("campaign-template-delete", used) == []
    assert EmailTemplate.objects.filter(pk=used.pk).exists()
