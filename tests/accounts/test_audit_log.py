"""The audit log: who did what, and nobody changes it afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django import forms
from django.db import DatabaseError, connection, transaction
from django.utils import translation

from campaigns.setup import wizard
from campaigns.throttle_forms import ThrottleRuleForm
from contacts.forms import ContactForm
from contacts.models import Contact
from promoter.accounts.audit import changes, record
from promoter.accounts.audit_actions import KINDS, Action
from promoter.accounts.audit_events import AppendOnly
from promoter.accounts.audit_words import choice_words, name_words
from promoter.accounts.models import Account, AuditEvent
from promoter.accounts.settings_forms import AccountForm
from promoter.webhooks.forms import EndpointForm
from surveys.views.inbox_forms import RuleForm

pytestmark = pytest.mark.django_db


@pytest.fixture
def event(account, alice, campaign, now) -> AuditEvent:
    return record(
        account=account,
        actor=alice,
        action=Action.CAMPAIGN_ACTIVATED,
        target=campaign,
        now=now,
    )


def test_what_is_written_is_neither_changed_nor_deleted_by_our_code(event):
    event.target_label = "Another one"

    for act in (
        event.save,
        event.delete,
        AuditEvent.objects.all().delete,
        lambda: AuditEvent.objects.update(target_label="Another one"),
    ):
        with pytest.raises(AppendOnly):
            act()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE accounts_auditevent SET target_label = 'Another one'",
        "UPDATE accounts_auditevent SET at = '2020-01-01'",
        "UPDATE accounts_auditevent SET actor_id = %(stranger)s",
        "DELETE FROM accounts_auditevent",
    ],
)
def test_the_database_itself_refuses_to_change_it(event, charlie, change):
    before = AuditEvent.objects.values().get()
    sql = change % {"stranger": charlie.pk}

    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    except DatabaseError as error:
        assert "append-only" in str(error)
    else:
        # SQLite ignores a deletion instead: its `flush` must not stop there.
        assert sql.startswith("DELETE")
        assert connection.vendor == "sqlite"

    assert AuditEvent.objects.values().get() == before


def test_the_name_of_who_did_it_outlives_them(event, alice):
    alice.delete()

    left = AuditEvent.objects.get()
    assert (left.actor, left.actor_email) == (None, "alice@example.com")


def test_the_log_goes_with_its_account_and_no_other(event, account, charlie, other_account):
    other = record(
        account=other_account, actor=charlie, action=Action.KEY_CREATED, now=event.at
    )
    account.campaigns.all().delete()

    Account.objects.get(pk=account.pk).delete()

    assert list(AuditEvent.objects.all()) == [other]


def test_a_contact_is_named_by_its_id_alone(account, alice, now):
    contact = Contact(account=account, user_id="u1", first_name="Ada")
    contact.set_email("ada@example.com")
    contact.save()

    written = record(
        account=account,
        actor=alice,
        action=Action.CONTACT_CHANGED,
        target=contact,
        changed=["email"],
        now=now,
    )

    assert (written.target_kind, written.target_id) == ("contacts.contact", contact.pk)
    assert "ada" not in str(AuditEvent.objects.values().get()).lower()


def test_every_act_has_a_kind():
    assert {code.split(".")[0] for code in Action.values} == set(KINDS)


class Choices(forms.Form):
    """A choice by words of ours, a switch, and what somebody types."""

    who = forms.ChoiceField(label="Who", choices=[("a", "Anybody"), ("d", "Detractors")])
    is_on = forms.BooleanField(label="On", required=False)
    name = forms.CharField(label="Name")


def test_who_reads_the_log_reads_our_words_in_their_language(
    account, alice, alice_client, campaign, now
):
    form = Choices(
        {"who": "d", "is_on": "on", "name": "Detractors"},
        initial={"who": "a", "is_on": False, "name": "Anybody"},
    )
    assert form.is_valid()
    action = Action.CAMPAIGN_CHANGED
    record(account=account, actor=alice, action=action, changed=changes(form), now=now)
    alice.language = "de"
    alice.save()

    page = alice_client.get("/settings/audit-log/").content.decode()

    assert "„Alle“ → „Kritiker“" in page
    assert "(„nein“ → „ja“)" in page
    assert "„Anybody“ → „Detractors“" in page


def test_a_choice_with_a_number_in_it_is_read_in_the_readers_language(
    account, alice, alice_client, campaign
):
    campaign.conditions = [{"of": "event", "name": "plan", "op": "is", "value": "Pro"}]
    campaign.reminder_after = 3
    campaign.save()
    alice.language = "de"
    alice.save()
    setup = f"/campaigns/{campaign.pk}/setup"

    alice_client.post(f"{setup}/delivery/", {"delivery_delay": "0", "reminder": "5"})
    rows = {"of_1": "event", "name_1": "plan", "op_1": "is_not", "value_1": "Pro"}
    rest = {"rows": "1", "sample_percent": "100", "hold_hours": "0", "cancel_event": ""}
    alice_client.post(f"{setup}/options/", rows | rest)

    log = alice_client.get("/settings/audit-log/").content.decode()
    assert "(„3 Tage nach der E‑Mail“ → „5 Tage nach der E‑Mail“)" in log
    assert "Bedingung 1: Vergleich (" in log


def test_every_name_and_choice_that_is_noted_is_read_as_its_form_says_it(account, campaign):
    """What the log keeps in English, a German reads as the form shows it to them."""

    def made() -> Iterator[forms.BaseForm]:
        for step in wizard.BY_KEY.values():
            if step.form is not None:
                yield step.form(instance=campaign, account=account)
        yield from (ThrottleRuleForm(), EndpointForm(), ContactForm(), AccountForm())
        yield RuleForm(account=account)

    def said() -> Iterator[tuple[Callable[[str], str], str]]:
        for form in made():
            for field in form.fields.values():
                yield name_words, str(field.label or "")
                if type(field) is forms.ChoiceField:
                    yield from ((choice_words, str(label)) for _, label in field.choices)

    with translation.override(None):
        kept = list(said())
    with translation.override("de"):
        shown = list(said())
        wrong = [
            (text, read(text), there)
            for (read, text), (_, there) in zip(kept, shown, strict=True)
            # What is the same in both is a name that somebody typed.
            if text != there != read(text)
        ]

    assert wrong == []
    assert len(kept) > 60
