"""The admin's pages for contacts, lists and suppressions."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from contacts.addresses import address_digest
from contacts.bulk_runs import start
from contacts.importing.files import upload_path
from contacts.models import (
    BulkJob,
    Contact,
    ContactList,
    ContactListMembership,
    ImportJob,
    Suppression,
)
from contacts.suppression import suppress
from contacts.tasks import prune_imports, run_imports
from segment_ingest.tasks import run_bulk_jobs
from tests.conftest import NOW
from tests.contacts.uploads import csv_bytes, queued
from tests.rows import address, make_rows

pytestmark = pytest.mark.django_db
INLINE = {
    "contactlistmembership_set-TOTAL_FORMS": "0",
    "contactlistmembership_set-INITIAL_FORMS": "0",
}


@pytest.fixture
def contact(account) -> Contact:
    contact = Contact(account=account, user_id="u1", attributes={"plan": "gold"})
    contact.set_email("dora@example.com")
    contact.save()
    return contact


def test_a_changed_email_is_found_by_suppressions_and_throttles(admin_client, contact):
    admin_client.post(
        address(Contact, "change", contact.pk),
        {"user_id": "u1", "email": "Dora.New@Example.com", **INLINE},
    )

    contact.refresh_from_db()
    assert contact.email == "Dora.New@example.com"
    assert contact.address_digest == address_digest("dora.new@example.com")


def test_two_addresses_are_not_one(admin_client, contact):
    page = admin_client.post(
        address(Contact, "change", contact.pk),
        {"user_id": "u1", "email": "a@example.com, b@example.com", **INLINE},
    )

    assert "This is not one email address." in page.content.decode()


def test_contacts_without_a_user_id_stand_side_by_side(admin_client, account):
    for email in ("a@example.com", "b@example.com"):
        admin_client.post(
            address(Contact, "add"),
            {"account": account.pk, "user_id": "", "email": email, **INLINE},
        )

    assert list(Contact.objects.values_list("user_id", flat=True)) == [None, None]


def test_a_user_id_that_is_taken_is_refused_in_words(admin_client, account, contact):
    other = Contact.objects.create(account=account, user_id="u2")

    page = admin_client.post(
        address(Contact, "change", other.pk), {"user_id": "u1", "email": "", **INLINE}
    )

    assert "already exists" in page.content.decode()


def test_a_contact_cannot_stand_in_a_strangers_list(admin_client, contact, other_account):
    theirs = ContactList.objects.create(account=other_account, name="Theirs")

    page = admin_client.post(
        address(Contact, "change", contact.pk),
        {
            "user_id": "u1",
            "email": contact.email,
            **INLINE,
            "contactlistmembership_set-TOTAL_FORMS": "1",
            "contactlistmembership_set-0-contact_list": theirs.pk,
            "contactlistmembership_set-0-contact": contact.pk,
        },
    )

    assert "must belong to one account" in page.content.decode()
    assert not ContactListMembership.objects.exists()


def test_an_address_is_suppressed_by_hand(admin_client, account):
    admin_client.post(
        address(Suppression, "add"),
        {"account": account.pk, "email": "Dora@example.com", "detail": "Asked by phone"},
    )

    (row,) = Suppression.objects.all()
    assert row.reason == Suppression.Reason.MANUAL
    assert row.address_digest == address_digest("dora@example.com")


def test_suppressing_twice_says_that_it_is_done(admin_client, account, now):
    suppress(account=account, email="dora@example.com", reason="unsubscribed", now=now)

    page = admin_client.post(
        address(Suppression, "add"), {"account": account.pk, "email": "DORA@example.com"}
    )

    assert "is suppressed already" in page.content.decode()
    assert Suppression.objects.get().reason == "unsubscribed"


def test_a_suppression_needs_an_address(admin_client, account):
    page = admin_client.post(
        address(Suppression, "add"), {"account": account.pk, "email": ""}
    )

    assert "This field is required." in page.content.decode()


@pytest.mark.parametrize(
    ("reason", "allowed"),
    [
        ("manual", True),
        ("bounced", True),
        ("unsubscribed", False),
        ("complained", False),
    ],
)
def test_only_our_own_judgement_is_taken_back(admin_client, account, now, reason, allowed):
    row = suppress(account=account, email="dora@example.com", reason=reason, now=now)

    answer = admin_client.post(address(Suppression, "delete", row.pk), {"post": "yes"})

    assert answer.status_code == (302 if allowed else 403)
    assert Suppression.objects.exists() is not allowed


def test_a_suppression_is_not_rewritten(admin_client, account, now):
    row = suppress(account=account, email="dora@example.com", reason="manual", now=now)

    answer = admin_client.post(
        address(Suppression, "change", row.pk), {"email": "other@example.com"}
    )

    assert answer.status_code == 403


def test_an_act_on_many_is_cancelled_after_a_question(admin_client):
    job = make_rows(1)[BulkJob]
    form = {"action": "cancel", "_selected_action": [job.pk]}
    path = address(BulkJob, "changelist")

    assert (
        "What is done until now stays done"
        in admin_client.post(path, form).rendered_content
    )
    assert BulkJob.objects.get().status == "queued"
    admin_client.post(path, form | {"confirmed": "yes"})

    assert BulkJob.objects.get().status == "cancelled"


def test_an_act_that_failed_goes_on_where_it_stopped(admin_client):
    job = make_rows(1)[BulkJob]
    BulkJob.objects.update(
        status="failed", cursor=7, error="Oh no", finished_at=timezone.now()
    )
    form = {"action": "retry", "_selected_action": [job.pk], "confirmed": "yes"}

    page = admin_client.post(address(BulkJob, "changelist"), form, follow=True)

    assert "Tried again: 1." in page.content.decode()
    job.refresh_from_db()
    assert (job.status, job.cursor, job.error) == ("queued", 7, "")
    assert job.finished_at is None


def test_an_erasure_that_failed_goes_on_with_those_it_meant(admin_client, account, alice):
    ann, bob = (
        Contact.objects.create(account=account, user_id=name, first_name=name)
        for name in ("ann", "bob")
    )
    job = start(BulkJob(account=account, act="erase", query="q=bob", total=1))
    claimed = BulkJob.objects.claim(now=timezone.now())
    claimed.finish(BulkJob.FAILED, now=timezone.now(), error="Oh no")
    form = {"action": "retry", "_selected_action": [job.pk], "confirmed": "yes"}

    admin_client.post(address(BulkJob, "changelist"), form)
    run_bulk_jobs()

    assert list(Contact.objects.filter(account=account)) == [ann]
    job.refresh_from_db()
    assert (job.status, job.query, job.changed) == ("done", "", 1)


def test_an_act_that_failed_long_ago_knows_nobody_and_is_not_tried_again(
    admin_client, account
):
    """Without its filter it would mean everybody."""
    old = timezone.now() - timedelta(days=8)
    job = BulkJob.objects.create(
        account=account, act="erase", query="q=ann", status="failed", finished_at=old
    )
    form = {"action": "retry", "_selected_action": [job.pk], "confirmed": "yes"}
    prune_imports()

    page = admin_client.post(address(BulkJob, "changelist"), form, follow=True)

    assert "Tried again: 0." in page.content.decode()
    job.refresh_from_db()
    assert (job.status, job.query) == ("failed", "")


def test_an_import_that_failed_is_tried_again_while_its_file_is_there(
    admin_client, account, alice
):
    job = queued(account, alice, csv_bytes(("email",), ("ann@example.com",)))
    elsewhere = upload_path(job).rename(upload_path(job).with_suffix(".away"))
    run_imports()
    job.refresh_from_db()
    assert job.status == "failed"
    elsewhere.rename(upload_path(job))
    prune_imports()
    form = {"action": "retry", "_selected_action": [job.pk], "confirmed": "yes"}

    admin_client.post(address(ImportJob, "changelist"), form)
    run_imports()

    job.refresh_from_db()
    assert (job.status, job.created) == ("done", 1)
    assert not upload_path(job).exists()
    ImportJob.objects.update(status="failed", files_removed_at=NOW)
    page = admin_client.post(address(ImportJob, "changelist"), form, follow=True)
    assert "Tried again: 0." in page.content.decode()
