"""Settings: the account, its keys and its audit log, and who may do what there."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from django.test import Client

from contacts.models import Contact
from promoter.accounts.audit import record
from promoter.accounts.audit_actions import Action
from promoter.accounts.models import Account, ApiKey, AuditEvent, Membership

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
ACCOUNT, KEYS, LOG = "/settings/", "/settings/keys/", "/settings/audit-log/"
SAVED = {"name": "Acme  GmbH", "time_zone": "Europe/Berlin", "postal_address": " 1 Rd \n\n"}


@pytest.fixture
def client_of(account, bob):
    def sign_in(role: str) -> Client:
        Membership.objects.filter(user=bob).update(role=role)
        client = Client()
        client.force_login(bob)
        return client

    return sign_in


def text_of(answer) -> str:
    """What stands on the page to read, in one line."""
    words = re.sub(r"<[^>]+>", "", answer.content.decode().partition("<main")[2])
    return " ".join(words.split())


def test_the_owner_changes_the_account(alice_client, account):
    page = alice_client.post(ACCOUNT, SAVED, follow=True).content.decode()

    account.refresh_from_db()
    assert "The account is saved." in page
    assert (account.name, account.time_zone) == ("Acme GmbH", "Europe/Berlin")
    assert account.postal_address == "1 Rd"
    assert AuditEvent.objects.get().details == {
        "changed": ["Name", "Postal address", "Time zone"],
        "values": {
            "Name": ["Acme", "Acme GmbH"],
            "Postal address": ["1 Acme Road, Springfield", "1 Rd"],
            "Time zone": ["UTC", "Europe/Berlin"],
        },
    }
    # What the operator decides is shown and never posted.
    alice_client.post(ACCOUNT, SAVED | {"daily_event_limit": "9", "name": "Acme"})
    assert Account.objects.get(pk=account.pk).daily_event_limit == 50_000


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": " "}, "Give the account a name."),
        ({"time_zone": "Mars/Olympus"}, "Choose a time zone from the list."),
    ],
)
def test_a_wrong_account_is_explained_and_not_saved(alice_client, account, wrong, words):
    answer = alice_client.post(ACCOUNT, SAVED | wrong)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert Account.objects.get(pk=account.pk).name == "Acme"
    assert not AuditEvent.objects.exists()


def test_an_old_spelling_of_the_zone_may_stay(alice_client, account):
    Account.objects.update(time_zone="CET")

    assert "CET" in alice_client.get(ACCOUNT).content.decode()
    kept = SAVED | {"time_zone": "CET"}
    assert alice_client.post(ACCOUNT, kept).status_code == 302


@pytest.mark.parametrize("role", ["editor", "viewer"])
def test_others_read_what_owners_change(client_of, account, role):
    client = client_of(role)
    key, _ = ApiKey.objects.issue(account=account, name="Shop", now=account.created_at)

    for path in (ACCOUNT, "/settings/sending/", KEYS):
        page = client.get(path)
        assert page.status_code == 200
        assert not re.search(r"<main.*<button", page.content.decode(), re.S), path
    for path in (ACCOUNT, "/settings/sending/", f"/settings/keys/{key.pk}/rename/"):
        assert client.post(path, SAVED | {"section": "speed"}).status_code == 403
    assert client.get(LOG).status_code == (200 if role == "editor" else 403)
    assert client.get(f"{LOG}export/").status_code == (200 if role == "editor" else 403)
    shows_log = f'href="{LOG}"' in client.get(ACCOUNT).content.decode()
    assert shows_log == (role == "editor")
    assert Account.objects.get(pk=account.pk).name == "Acme"


def test_keys_are_listed_renamed_and_remembered(alice_client, account, now):
    key, text = ApiKey.objects.issue(account=account, name="Shop", now=now)
    gone, _ = ApiKey.objects.issue(account=account, name="Old shop", now=now)
    gone.revoke(now=now)

    page = text_of(alice_client.get(KEYS))
    assert "Shop" in page
    assert "never" in page
    assert "Revoked keys" in page
    assert text not in page

    path = f"/settings/keys/{key.pk}/rename/"
    assert alice_client.post(path, {"name": ""}).status_code == 422
    page = text_of(alice_client.post(path, {"name": "Till"}, follow=True))
    assert "The key “Till” is saved." in page
    assert alice_client.get(f"/settings/keys/{gone.pk}/rename/").status_code == 404


def test_use_of_a_key_is_noted_once_an_hour_and_costs_nothing_between(
    client, account, segment_key, time_machine, now, django_assert_num_queries
):
    def send(number: int) -> None:
        event = {"userId": "ada", "type": "identify", "messageId": f"m{number}"}
        answer = client.post(
            "/v1/batch",
            {"batch": [event]},
            content_type="application/json",
            headers={"Authorization": f"Bearer {segment_key}"},
        )
        assert answer.status_code == 200

    key = ApiKey.objects.get()
    time_machine.move_to(now, tick=False)
    send(0)
    assert ApiKey.objects.get(pk=key.pk).last_used_at == now
    time_machine.move_to(now + timedelta(minutes=59), tick=False)
    send(1)
    assert ApiKey.objects.get(pk=key.pk).last_used_at == now
    time_machine.move_to(now + timedelta(minutes=61), tick=False)
    send(2)
    assert ApiKey.objects.get(pk=key.pk).last_used_at == now + timedelta(minutes=61)


@pytest.fixture
def log(account, alice, bob, campaign, now) -> Contact:
    """Three acts on three days, by two people."""
    contact = Contact.objects.create(account=account, user_id="u1", first_name="Ada")
    acts = [
        (alice, Action.CAMPAIGN_ACTIVATED, campaign, {}),
        (bob, Action.CAMPAIGN_CHANGED, campaign, {"changed": ["Reminder", "Delay"]}),
        (bob, Action.CONTACT_CHANGED, contact, {"changed": ["Email"]}),
    ]
    for days, (actor, action, target, rest) in enumerate(acts):
        at = now + timedelta(days=days)
        record(account=account, actor=actor, action=action, target=target, now=at, **rest)
    return contact


def test_the_log_reads_as_sentences_newest_first(alice_client, log, campaign):
    answer = alice_client.get(LOG)
    page = text_of(answer)

    sentences = [
        f"Bob changed a contact: Email (contact {log.pk})",
        "Bob changed the campaign “After an order”: Delay; Reminder",
        "Alice activated the campaign “After an order”",
    ]
    places = [page.index(sentence) for sentence in sentences]
    assert places == sorted(places)
    assert f'href="/campaigns/{campaign.pk}/"' in answer.content.decode()
    log.delete()
    page = alice_client.get(LOG)
    assert f'href="/contacts/{log.pk}/"' not in page.content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 3),
        ("person=alice@example.com", 1),
        ("kind=campaign", 2),
        ("kind=nonsense&since=never", 3),
        ("since=2026-11-24", 2),
        ("until=2026-11-24", 2),
        ("since=2026-11-24&until=2026-11-24&kind=campaign", 1),
        ("since=2027-01-01", 0),
        ("person=nobody@example.com", 0),
    ],
)
def test_the_log_and_its_export_are_narrowed_down(alice_client, log, query, found):
    page = alice_client.get(f"{LOG}?{query}").content.decode()
    rows = b"".join(alice_client.get(f"{LOG}export/?{query}&kind2=").streaming_content)

    assert page.count('class="log-line"') == found
    assert ("Nothing like that" in page) == (found == 0)
    sheet = list(csv.reader(io.StringIO(rows.decode("utf-8-sig"))))
    # The export is an event itself, of today.
    listed = [row for row in sheet[1:] if row[4] != "settings.log_exported"]
    assert len(listed) == found


def test_days_are_the_accounts_own(alice_client, account, alice):
    Account.objects.update(time_zone="Pacific/Auckland")
    at = account.created_at.replace(year=2026, month=11, day=23, hour=12)
    record(account=account, actor=alice, action=Action.KEY_CREATED, now=at)

    page = alice_client.get(f"{LOG}?since=2026-11-24&until=2026-11-24").content.decode()

    assert page.count('class="log-line"') == 1


def test_a_long_log_has_pages_and_no_more_queries(
    alice_client, log, account, alice, now, django_assert_max_num_queries
):
    for number in range(60):
        record(
            account=account,
            actor=alice,
            action=Action.LIST_DELETED,
            label=f"List {number}",
            now=now - timedelta(minutes=number),
        )

    with django_assert_max_num_queries(14):
        page = alice_client.get(LOG).content.decode()
    assert page.count('class="log-line"') == 50
    older = re.search(r'rel="next" href="([^"]+)"', page)[1].replace("&amp;", "&")
    assert alice_client.get(f"{LOG}{older}").content.decode().count("log-line") == 13


def test_another_accounts_log_is_not_read(charlie_client, log):
    page = charlie_client.get(LOG).content.decode()

    assert "Nothing yet" in page
    assert "alice@example.com" not in page
