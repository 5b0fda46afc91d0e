"""The import as a person walks it: upload, settle, start, watch, get what was rejected."""

from __future__ import annotations

import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contacts.addresses import address_digest
from contacts.import_jobs import ImportJob
from contacts.importing.files import rejected_path, upload_path
from contacts.models import Contact, ContactList, Suppression
from contacts.suppression import suppress
from contacts.tasks import run_imports
from promoter.accounts.models import Membership
from promoter.lib.heartbeat import workers_are_at_work
from tests.contacts.uploads import (
    csv_bytes,
    queued,
    rejected,
    settings_of,
    upload,
)
from tests.harness.disk import full_disk
from tests.harness.processes import wait_until

pytestmark = pytest.mark.django_db
PEOPLE = csv_bytes(
    ("E-Mail", "First name", "Plan"),
    ("ann@example.com", "Ann", "pro"),
    ("nobody", "Bob", "free"),
)


def page(client: Client, job: ImportJob) -> str:
    return client.get(reverse("contact-import", args=[job.pk])).content.decode()


def start(client: Client, job: ImportJob, **changed: str):
    return client.post(
        reverse("contact-import", args=[job.pk]), settings_of(job, **changed)
    )


@pytest.fixture
def job(alice_client) -> ImportJob:
    upload(alice_client, PEOPLE)
    return ImportJob.objects.get()


class TestUpload:
    def test_leads_to_the_settings_and_imports_nothing_yet(self, alice_client, account):
        answer = upload(alice_client, PEOPLE, name="people.csv")

        job = ImportJob.objects.get()
        assert answer["Location"] == reverse("contact-import", args=[job.pk])
        assert job.mapping == ["email", "first_name", "attribute:Plan"]
        assert (job.account, job.file_name, job.rows_total) == (account, "people.csv", 2)
        assert not Contact.objects.exists()

    def test_a_column_goes_to_the_attribute_that_is_there_and_says_so(
        self, alice_client, account, now
    ):
        account.attributes.create(name="plan", type="text", last_seen_at=now)
        upload(alice_client, PEOPLE)

        job = ImportJob.objects.get()
        assert job.mapping == ["email", "first_name", "attribute:plan"]
        assert "You have “plan” already" in page(alice_client, job)

    def test_the_file_is_readable_by_nobody_else(self, job):
        assert stat.S_IMODE(upload_path(job).stat().st_mode) == 0o600

    def test_a_file_name_leads_nowhere(self, alice_client):
        upload(alice_client, PEOPLE, name="../../etc/passwd.csv")
        job = ImportJob.objects.get()
        assert upload_path(job).parent == rejected_path(job).parent
        assert ".." not in str(upload_path(job))

    @pytest.mark.parametrize(
        ("data", "sentence"),
        [
            (b"", "This file is empty."),
            (b"PK\x03\x04...", "This is an Excel workbook"),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0", "This is not a CSV file."),
            (bytes(range(256)) * 20, "This is not a CSV file."),
            (b"email\n", "The file has a header and no rows."),
            (
                b",".join([b"c"] * 201) + b"\nx\n",
                "The file has 201 columns; 200 is the most.",
            ),
            (b"," * 1_000_000, "The first row can’t be read."),
            (b'"open\na@x.io\n', "The first row can’t be read."),
        ],
    )
    def test_what_cannot_be_read_is_refused_with_a_sentence(
        self, alice_client, data, sentence, settings
    ):
        assert sentence in upload(alice_client, data).content.decode()
        assert not ImportJob.objects.exists()
        folder = settings.IMPORT_DIR
        assert not folder.exists() or not os.listdir(folder)

    def test_too_many_rows_are_refused(self, alice_client, monkeypatch):
        monkeypatch.setattr("contacts.importing.uploads.MAX_ROWS", 3)
        answer = upload(alice_client, b"email\n" + b"a@x.io\n" * 4)
        assert "more than 3 rows" in answer.content.decode()

    @pytest.mark.either_database
    # Up to 2.5 MB Django holds in memory, a larger one comes by way of a temporary file.
    @pytest.mark.parametrize("people", [5_000, 250_000])
    def test_a_full_disk_is_said_and_keeps_no_half_of_a_file(
        self, alice_client, settings, people
    ):
        rows = [(f"p{n}@x.io",) for n in range(people)]
        with full_disk():
            answer = upload(alice_client, csv_bytes(("email",), *rows))

        assert answer.status_code == 200
        assert "perhaps the server’s disk is full" in answer.content.decode()
        assert not ImportJob.objects.exists()
        assert not list(Path(settings.IMPORT_DIR).glob("*"))

    @pytest.mark.either_database
    def test_an_import_that_can_write_no_list_of_rejected_rows_goes_on_later(
        self, account, alice
    ):
        job = queued(account, alice, csv_bytes(("email", "plan"), ("bad", "x" * 20_000)))
        with full_disk():
            run_imports()
        job.refresh_from_db()
        assert (job.status, job.rows_done) == ("failed", 0)
        assert "disk is full" in job.error

        assert job.retry(now=timezone.now())
        run_imports()
        job.refresh_from_db()
        assert (job.status, job.rejected) == ("done", 1)

    def test_too_large_is_refused_before_it_fills_the_disk(self, alice_client, settings):
        settings.FILE_UPLOAD_MAX_BYTES = 1024 * 1024
        answer = upload(alice_client, b"email\n" + b"a@x.io\n" * 400_000)
        assert "larger than 1 MB" in answer.content.decode()
        assert not ImportJob.objects.exists()

    def test_a_list_of_addresses_without_a_header_is_understood(self, alice_client):
        upload(alice_client, b"ann@example.com;Ann\nbob@example.com;Bob\n")
        job = ImportJob.objects.get()
        assert (job.mapping, job.rows_total) == (["email", ""], 2)
        assert "taken as a person, not as a header" in page(alice_client, job)

    def test_nothing_chosen(self, alice_client):
        answer = alice_client.post(reverse("contact-imports"))
        assert "Choose a file, or paste rows below." in answer.content.decode()


class TestSettings:
    def test_show_columns_samples_rows_and_what_is_wrong(self, alice_client, job):
        text = page(alice_client, job)
        assert "ann@example.com, nobody" in text
        assert "“nobody” is not one email address." in text
        assert "Import this file" in text

    def test_a_file_whose_columns_name_nobody_is_settled_by_hand(self, alice_client):
        upload(alice_client, b"Name,Contact\nAda,ada@example\nBob,\n")
        upload(alice_client, b"Name,Note\nAda,x\n", kind="suppressions")
        people, addresses = ImportJob.objects.order_by("pk")

        shown = page(alice_client, people)
        assert "Say which column holds the email address or the userId" in shown
        assert "All of them can be imported" not in shown
        assert "Say which column holds the email address." in page(alice_client, addresses)

        look = {"target_1": "user_id", "start": ""}
        fields = settings_of(people, **look)
        del fields["start"]
        alice_client.post(reverse("contact-import", args=[people.pk]), fields)
        shown = page(alice_client, people)
        assert "Say which column" not in shown
        assert "The row has no userId." in shown

    def test_who_is_named_twice_is_said_before_and_counted_after(
        self, alice_client, monkeypatch
    ):
        monkeypatch.setattr("contacts.importing.runs.CHUNK_ROWS", 2)
        data = csv_bytes(
            ("userId", "email", "plan"),
            ("u1", "ann@example.com", "pro"),
            ("u2", "ann@example.com", "pro"),
            ("u1", "other@example.com", "free"),
            ("", "Ann@Example.com", "gold"),
        )
        upload(alice_client, data)
        job = ImportJob.objects.get()

        shown = page(alice_client, job)
        assert "Line 4 is the same person as line 2." in shown
        assert "Line 5 is the same person as line 2." in shown
        assert "Line 3 is the same person" not in shown

        start(alice_client, job)
        run_imports()
        job.refresh_from_db()
        assert (job.status, job.repeated) == ("done", 2)
        assert "Rows of a person named before" in page(alice_client, job)

    def test_look_again_keeps_the_new_mapping_and_does_not_start(self, alice_client, job):
        fields = settings_of(job, target_1="", name_2="tier")
        del fields["start"]
        alice_client.post(reverse("contact-import", args=[job.pk]), fields)

        job.refresh_from_db()
        assert job.mapping == ["email", "", "attribute:tier"]
        assert job.status == "uploaded"

    @pytest.mark.parametrize(
        ("changed", "sentence"),
        [
            ({"target_0": ""}, "without one of them we can’t tell people apart"),
            ({"target_1": "email"}, "Two columns are mapped to Email"),
            ({"name_2": ""}, "Give every attribute a name"),
            ({"target_0": "password"}, "Select a valid choice"),
            ({"duplicates": "destroy"}, "Select a valid choice"),
            ({"add_to": "new"}, "Give the new list a name."),
            ({"add_to": "999999"}, "Select a valid choice"),
        ],
    )
    def test_what_cannot_work_is_said_and_not_started(
        self, alice_client, job, changed, sentence
    ):
        assert sentence in start(alice_client, job, **changed).content.decode()
        job.refresh_from_db()
        assert job.status == "uploaded"

    def test_another_accounts_list_cannot_be_chosen(self, alice_client, job, other_account):
        foreign = ContactList.objects.create(account=other_account, name="Theirs")
        answer = start(alice_client, job, add_to=str(foreign.pk))
        assert "Select a valid choice" in answer.content.decode()

    def test_hostile_cells_are_shown_as_text(self, alice_client):
        upload(alice_client, b"email,<b>x</b>\na@x.io,<script>alert(1)</script>\n")
        text = page(alice_client, ImportJob.objects.get())
        assert "<script>alert" not in text
        assert "&lt;script&gt;" in text
        assert "<b>x" not in text

    def test_a_file_that_is_gone_is_said(self, alice_client, job):
        upload_path(job).unlink()
        assert "The uploaded file is gone" in page(alice_client, job)

    def test_cancelling_deletes_the_file(self, alice_client, job):
        alice_client.post(reverse("contact-import-cancel", args=[job.pk]))
        job.refresh_from_db()
        assert job.status == "cancelled"
        assert not upload_path(job).exists()


class TestRoles:
    @pytest.fixture
    def viewer_client(self, alice, alice_client):
        Membership.objects.filter(user=alice).update(role="viewer")
        return alice_client

    def test_a_viewer_looks_and_cannot_upload_start_or_cancel(self, job, viewer_client):
        listed = viewer_client.get(reverse("contact-imports")).content.decode()
        assert "p.csv" in listed
        assert "Upload and look at it" not in listed
        assert "is not started" in page(viewer_client, job)
        assert upload(viewer_client, PEOPLE).status_code == 403
        assert start(viewer_client, job).status_code == 403
        cancel = reverse("contact-import-cancel", args=[job.pk])
        assert viewer_client.post(cancel).status_code == 403
        job.refresh_from_db()
        assert job.status == "uploaded"

    def test_a_stranger_finds_neither_the_job_nor_its_rejected_rows(
        self, job, alice_client, charlie_client, account
    ):
        start(alice_client, job)
        run_imports()
        assert rejected(alice_client, job) != []
        for name in (
            "contact-import",
            "contact-import-progress",
            "contact-import-rejected",
        ):
            path = reverse(name, args=[job.pk])
            assert charlie_client.get(path).status_code == 404


class TestRun:
    def test_the_page_says_what_happened(self, alice_client, job):
        start(alice_client, job, add_to="new", new_list="From the fair")
        assert "Waiting for a worker" in page(alice_client, job)

        run_imports()

        text = page(alice_client, job)
        assert "The import is done" in text
        assert "From the fair" in text
        assert rejected(alice_client, job) == [
            ["nobody", "Bob", "free", "3", "“nobody” is not one email address."]
        ]
        assert ContactList.objects.get().contacts.get().email == "ann@example.com"
        assert not upload_path(job).exists()

    def test_the_progress_asks_for_itself_only_while_it_runs(self, alice_client, job):
        start(alice_client, job)
        path = reverse("contact-import-progress", args=[job.pk])
        waiting = alice_client.get(path).content.decode()
        assert f'hx-get="{path}"' in waiting
        assert "<html" not in waiting

        run_imports()

        assert "hx-get" not in alice_client.get(path).content.decode()

    def test_starting_twice_starts_once(self, alice_client, job):
        for _ in range(2):
            start(alice_client, job)
        run_imports()
        job.refresh_from_db()
        assert (job.created, job.attempt) == (1, 1)

    def test_a_job_that_waits_without_a_worker_says_so(self, alice_client, job):
        assert "Nothing works in the background" in page(alice_client, job)
        start(alice_client, job)
        assert "Nothing works" not in page(alice_client, job)
        ImportJob.objects.update(queued_at=timezone.now() - timedelta(seconds=30))
        assert "Nothing works in the background" in page(alice_client, job)

    def test_the_banner_goes_when_a_worker_was_here(self, alice_client, valkey, settings):
        settings.REDIS_URL = valkey.url()
        path = reverse("contact-imports")
        assert "Nothing works" in alice_client.get(path).content.decode()
        run_imports()
        assert workers_are_at_work()
        assert "Nothing works" not in alice_client.get(path).content.decode()

    @pytest.mark.django_db(transaction=True)
    def test_a_real_worker_is_rung_and_imports(self, celery_worker, alice_client):
        upload(
            alice_client,
            csv_bytes(
                ("email", "plan"),
                *((f"p{n}@example.com" if n % 10 else "bad", "pro") for n in range(1_500)),
            ),
        )
        job = ImportJob.objects.get()
        start(alice_client, job)

        wait_until(
            lambda: ImportJob.objects.get(pk=job.pk).status == "done",
            limit=60,
            what="the worker to import",
        )

        job.refresh_from_db()
        assert (job.created, job.rejected) == (1_350, 150)
        assert len(rejected(alice_client, job)) == 150
        rejected_path(job).unlink()

    def test_pages_cost_the_same_however_much_was_imported(
        self, alice_client, job, django_assert_max_num_queries
    ):
        for _ in range(5):
            upload(alice_client, PEOPLE)
        with django_assert_max_num_queries(8):
            alice_client.get(reverse("contact-imports"))
        with django_assert_max_num_queries(8):
            page(alice_client, job)


class TestSuppressions:
    DATA = csv_bytes(
        ("Email", "reason", "note"),
        ("ann@example.com", "", "asked on the phone"),
        ("bob@example.com", "complained", ""),
        ("eve@example.com", "erased", ""),
    )

    def run(self, client, **changed) -> ImportJob:
        upload(client, self.DATA, kind="suppressions")
        job = ImportJob.objects.get()
        start(client, job, **changed)
        run_imports()
        job.refresh_from_db()
        return job

    def test_addresses_of_a_file_are_not_mailed(self, alice_client, account):
        job = self.run(alice_client)

        rows = Suppression.objects.filter(account=account)
        assert set(rows.values_list("email", "reason", "detail")) == {
            ("ann@example.com", "manual", "asked on the phone"),
            ("bob@example.com", "complained", ""),
        }
        ((*_, reason),) = rejected(alice_client, job)
        assert "“erased” is not a reason" in reason

    def test_they_may_be_for_good(self, alice_client):
        self.run(alice_client, reason="unsubscribed")
        assert not Suppression.objects.get(email="ann@example.com").is_liftable

    def test_what_was_exported_is_what_comes_in(
        self, alice_client, charlie_client, account, other_account, now
    ):
        for email, reason, detail in (
            ("ann@example.com", "unsubscribed", ""),
            ("+bob@example.com", "bounced", "=550, no such user"),
            ("é@example.com", "complained", "'quoted'"),
            ("eve@example.com", "manual", "by phone\nat noon"),
        ):
            suppress(account=account, email=email, reason=reason, detail=detail, now=now)
        answer = alice_client.get(reverse("contact-suppression-export"))

        upload(charlie_client, b"".join(answer.streaming_content), kind="suppressions")
        start(charlie_client, ImportJob.objects.get())
        run_imports()

        columns = ("email", "address_digest", "reason", "detail")
        ours, theirs = (
            set(Suppression.objects.filter(account=each).values_list(*columns))
            for each in (account, other_account)
        )
        assert len(ours) == 4
        assert theirs == ours

    def test_a_reason_that_lasts_replaces_one_that_passes(self, alice_client, account, now):
        for email, reason in (
            ("ann@example.com", "bounced"),
            ("bob@example.com", "manual"),
        ):
            Suppression.objects.create(
                account=account,
                email=email,
                address_digest=address_digest(email),
                reason=reason,
                created_at=now,
            )
        job = self.run(alice_client)
        reasons = dict(Suppression.objects.values_list("email", "reason"))
        assert reasons == {"ann@example.com": "bounced", "bob@example.com": "complained"}
        assert (job.created, job.updated, job.unchanged) == (0, 1, 1)


def test_more_rows_than_a_form_holds_are_better_a_file(alice_client):
    page = reverse("contact-imports")
    assert "maxlength" not in alice_client.get(page).content.decode()
    for letters, status, words in (
        (450_000, 200, "too much to paste. Save it as a CSV file"),
        (600_000, 413, "more than a form may hold; nothing was changed"),
    ):
        answer = alice_client.post(page, {"pasted": "email\n" + "a" * letters})
        assert answer.status_code == status
        assert words in answer.content.decode()
    assert not ImportJob.objects.exists()


def test_rows_pasted_from_a_spreadsheet_are_a_file_too(alice_client, account):
    page = reverse("contact-imports")
    rows = "email\tName\r\nada@example.com\tAda\r\n"
    shown = alice_client.post(page, {"pasted": rows}, follow=True).content.decode()
    job = ImportJob.objects.get()
    assert (job.rows_total, job.delimiter, job.file_name) == (1, "\t", "Pasted rows")
    assert "read as UTF-8, cut at tabs" in shown

    assert "paste rows below" in alice_client.post(page, {}).content.decode()
    both = {"file": SimpleUploadedFile("p.csv", b"email\na@b.de"), "pasted": rows}
    assert "not both" in alice_client.post(page, both).content.decode()
    assert ImportJob.objects.count() == 1
