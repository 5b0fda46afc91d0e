"""The audit log: who did what, and nobody changes it afterwards."""

from __future__ import annotations

import pytest
from django import forms
from django.db import DatabaseError, connection, transaction

from contacts.models import Contact
from promoter.accounts.audit import changes, record
from promoter.accounts.audit_actions import KINDS, Action
from promoter.accounts.audit_events import AppendOnly
from promoter.accounts.models import Account, AuditEvent

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
