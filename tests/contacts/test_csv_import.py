"""Contact files: what each row does to whom, and that it happens once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts.attributes import set_attributes
from contacts.csv_export import contact_table
from contacts.import_jobs import ImportJob
from contacts.importing import chunks
from contacts.importing import repeats as csv_repeats
from contacts.importing import runs as import_runs
from contacts.importing.chunks import ERASED
from contacts.importing.columns import complaints, guess
from contacts.importing.files import rejected_path, upload_path
from contacts.importing.runs import run
from contacts.models import Attribute, Contact, ContactList, Suppression
from contacts.suppression import suppress
from contacts.tasks import prune_imports
from promoter.lib.exporting import Form, streamed
from segment_ingest.erasing import erase_person
from tests.contacts.uploads import csv_bytes, queued

pytestmark = pytest.mark.django_db
HEADER = ("email", "user_id", "first_name", "last_name", "plan")


def finish(job: ImportJob, *, turn: timedelta = timedelta(hours=1)) -> ImportJob:
    """Claim and run until nothing waits, as a worker does."""
    while (claimed := ImportJob.objects.claim(now=timezone.now())) is not None:
        run(job=claimed, clock=timezone.now, until=timezone.now() + turn)
    job.refresh_from_db()
    return job


def import_rows(account, user, *rows, **options) -> ImportJob:
    return finish(queued(account, user, csv_bytes(*rows), **options))


def reasons(job: ImportJob) -> list[str]:
    lines = rejected_path(job).read_text("utf-8-sig").splitlines()[1:]
    return [line.rpartition(",")[2] for line in lines]


class TestColumns:
    @pytest.mark.parametrize(
        ("title", "target"),
        [
            ("E-Mail", "email"),
            ("Email Address", "email"),
            ("userId", "user_id"),
            ("USER_ID", "user_id"),
            ("First Name", "first_name"),
            ("lastName", "last_name"),
            ("Plan", "attribute:Plan"),
            ("id", "attribute:id"),
            ("", ""),
            ("mail (Promoter)", ""),
        ],
    )
    def test_a_title_in_any_casing_is_understood(self, title, target):
        assert guess([title]) == [target]

    def test_of_two_addresses_the_first_is_the_address(self):
        assert guess(["Email", "email"]) == ["email", "attribute:email"]

    def test_an_attribute_that_is_there_is_taken_whatever_the_capitals(self):
        assert guess(["Plan", "City"], {"plan"}) == ["attribute:plan", "attribute:City"]
        # Of two that are there, neither is the better one.
        assert guess(["PLAN"], {"plan", "Plan"}) == ["attribute:PLAN"]
        assert guess(["Plan", "plan"], {"plan"}) == ["attribute:plan", ""]

    def test_a_mapping_says_what_it_lacks(self):
        assert "tell people apart" in "".join(complaints(["first_name"]))
        assert "Two columns are mapped to Email" in "".join(complaints(["email", "email"]))
        twice = ["email", "attribute:a", "attribute:a"]
        assert "Two columns are mapped to the attribute" in "".join(complaints(twice))
        assert "a name" in "".join(complaints(["email", "attribute:"]))
        assert list(complaints(["email", "user_id", "attribute:a", ""])) == []


def test_attributes_of_a_file_are_in_the_catalogue(account, alice):
    known = Contact(account=account, attributes={"seats": 5})
    known.set_email("ann@example.com")
    known.save()

    import_rows(
        account,
        alice,
        ("email", "plan", "seats", "empty"),
        ("ann@example.com", "pro", "5", ""),
        ("bob@example.com", "free", "", ""),
    )

    noted = Attribute.objects.filter(account=account).values_list("name", "type")
    assert dict(noted) == {"plan": "text", "seats": "number"}


class TestWhoIsMeant:
    def test_new_people_become_contacts(self, account, alice):
        job = import_rows(
            account, alice, HEADER, ("Ann@Example.com", "u1", "Ann", "Lee", "pro")
        )

        contact = Contact.objects.get(account=account)
        assert (contact.email, contact.user_id) == ("Ann@example.com", "u1")
        assert (contact.name, contact.attributes) == ("Ann Lee", {"plan": "pro"})
        assert (job.status, job.created, job.rejected) == ("done", 1, 0)

    def test_the_user_id_decides_before_the_address(self, account, alice):
        first = Contact(account=account, user_id="u1")
        first.set_email("old@example.com")
        other = Contact(account=account, user_id="u2")
        other.set_email("new@example.com")
        Contact.objects.bulk_create([first, other])

        import_rows(account, alice, HEADER, ("new@example.com", "u1", "", "", ""))

        first.refresh_from_db()
        assert first.email == "new@example.com"
        assert Contact.objects.count() == 2

    def test_a_contact_without_user_id_takes_the_one_of_the_file(self, account, alice):
        contact = Contact(account=account)
        contact.set_email("ann@example.com")
        contact.save()

        import_rows(account, alice, HEADER, ("ANN@example.com", "u1", "Ann", "", ""))

        contact.refresh_from_db()
        assert (contact.user_id, contact.first_name) == ("u1", "Ann")
        assert Contact.objects.count() == 1

    def test_another_user_id_under_one_address_is_another_person(self, account, alice):
        rows = [("ann@example.com", f"u{n}", "", "", "") for n in range(2)]
        assert import_rows(account, alice, HEADER, *rows).created == 2

    def test_without_user_id_the_address_decides_and_the_oldest_is_meant(
        self, account, alice
    ):
        import_rows(
            account,
            alice,
            HEADER,
            ("ann@example.com", "u1", "", "", ""),
            ("ann@example.com", "u2", "", "", ""),
        )
        import_rows(account, alice, HEADER, ("ann@example.com", "", "Ann", "", ""))

        assert Contact.objects.get(first_name="Ann").user_id == "u1"
        assert Contact.objects.count() == 2

    def test_one_person_in_two_rows_is_one_contact_and_the_later_row_wins(
        self, account, alice
    ):
        job = import_rows(
            account,
            alice,
            ("email", "plan", "city"),
            ("ann@example.com", "free", "Ulm"),
            ("Ann@example.com", "pro", ""),
        )

        contact = Contact.objects.get()
        assert contact.attributes == {"plan": "pro", "city": "Ulm"}
        assert (job.created, job.updated) == (1, 1)

    def test_another_accounts_contacts_are_nobodys_business(
        self, account, other_account, alice
    ):
        theirs = Contact(account=other_account, user_id="u1")
        theirs.set_email("ann@example.com")
        theirs.save()

        import_rows(account, alice, HEADER, ("ann@example.com", "u1", "Ann", "", ""))

        theirs.refresh_from_db()
        assert theirs.first_name == ""
        assert Contact.objects.filter(account=account).count() == 1


class TestWhatIsWritten:
    def test_empty_cells_overwrite_nothing(self, account, alice):
        import_rows(account, alice, HEADER, ("a@x.io", "u1", "Ann", "Lee", "pro"))
        job = import_rows(account, alice, HEADER, ("", "u1", "", "", ""))

        contact = Contact.objects.get()
        assert (contact.email, contact.name) == ("a@x.io", "Ann Lee")
        assert (job.updated, job.unchanged) == (0, 1)

    def test_skip_leaves_known_people_as_they_are_and_still_adds_them_to_the_list(
        self, account, alice
    ):
        contact_list = ContactList.objects.create(account=account, name="Beta")
        import_rows(account, alice, HEADER, ("a@x.io", "u1", "Ann", "", "free"))
        job = import_rows(
            account,
            alice,
            HEADER,
            ("a@x.io", "u1", "Eve", "", "pro"),
            ("b@x.io", "u2", "Bob", "", "pro"),
            duplicates="skip",
            contact_list=contact_list,
        )

        assert Contact.objects.get(user_id="u1").attributes == {"plan": "free"}
        assert (job.created, job.updated, job.unchanged) == (1, 0, 1)
        assert contact_list.contacts.count() == 2

    def test_an_older_event_that_arrives_late_does_not_undo_the_file(self, account, alice):
        import_rows(account, alice, HEADER, ("a@x.io", "u1", "Ann", "", "pro"))
        contact = Contact.objects.get()
        before = timezone.now() - timedelta(days=1)

        set_attributes(contact, {"plan": "free", "firstName": "Old"}, at=before)

        assert contact.attributes["plan"] == "pro"
        assert contact.first_name == "Ann"

    def test_a_number_that_reads_the_same_stays_a_number(self, account, alice):
        contact = Contact(
            account=account, user_id="u1", attributes={"seats": 5, "ok": True}
        )
        contact.save()

        import_rows(account, alice, ("user_id", "seats", "ok"), ("u1", "5", "true"))

        contact.refresh_from_db()
        assert contact.attributes == {"seats": 5, "ok": True}

    def test_leading_zeros_survive(self, account, alice):
        import_rows(account, alice, ("user_id", "zip"), ("u1", "01099"))
        assert Contact.objects.get().attributes == {"zip": "01099"}


class TestRejectedRows:
    @pytest.mark.parametrize(
        ("row", "reason"),
        [
            (("nobody", "", "", "", ""), "“nobody” is not one email address."),
            (("a@x.io b@x.io", "", "", "", ""), "is not one email address."),
            (("", "", "Ann", "", ""), "The row has no Email and no userId."),
            (("a@x.io", "u" * 256, "", "", ""), "userId is longer than 255 characters."),
            (
                ("a@x.io", "", "n" * 121, "", ""),
                "First name is longer than 120 characters.",
            ),
            (("a@x.io", "", "", "", "v" * 40_000), "is longer than 32,768 characters."),
            (("a@x.io", "", "", "", "pro", "x"), "has 6 values, but the header names 5"),
        ],
    )
    def test_each_says_why(self, account, alice, row, reason):
        job = import_rows(account, alice, HEADER, row, ("b@x.io", "", "", "", ""))

        assert (job.created, job.rejected) == (1, 1)
        assert reason in rejected_path(job).read_text("utf-8-sig")

    def test_the_erased_stay_erased(self, account, alice):
        import_rows(account, alice, HEADER, ("ann@example.com", "u1", "Ann", "", ""))
        erase_person(contact=Contact.objects.get(), now=timezone.now())

        job = import_rows(account, alice, HEADER, ("Ann@example.com", "u9", "Ann", "", ""))

        assert reasons(job) == [ERASED]
        assert not Contact.objects.exists()

    def test_who_unsubscribed_is_imported_and_still_not_mailed(self, account, alice, now):
        suppress(account=account, email="a@x.io", reason="unsubscribed", now=now)
        import_rows(account, alice, HEADER, ("a@x.io", "u1", "", "", ""))

        assert Suppression.objects.get().reason == "unsubscribed"
        assert Contact.objects.get().email == "a@x.io"

    def test_a_formula_in_a_rejected_row_stays_text(self, account, alice):
        job = import_rows(account, alice, HEADER, ("=cmd()", "", "", "", ""))
        line = rejected_path(job).read_text("utf-8-sig").splitlines()[1]
        assert line.startswith("'=cmd()")

    def test_the_mended_file_imports(self, account, alice):
        job = import_rows(account, alice, HEADER, ("a.x.io", "", "Ann", "", "pro"))
        mended = rejected_path(job).read_bytes().replace(b"a.x.io", b"a@x.io")

        again = finish(queued(account, alice, mended))

        assert (again.created, again.rejected) == (1, 0)
        contact = Contact.objects.get()
        assert contact.attributes["plan"] == "pro"


class TestOnceWhateverHappens:
    ROWS = [(f"p{n}@x.io" if n % 5 else "bad", f"u{n}", "", "", "") for n in range(50)]

    @pytest.fixture(autouse=True)
    def _small_chunks(self, monkeypatch):
        monkeypatch.setattr(import_runs, "CHUNK_ROWS", 7)

    @pytest.fixture
    def job(self, account, alice):
        return queued(account, alice, csv_bytes(HEADER, *self.ROWS))

    def assert_whole(self, job):
        job.refresh_from_db()
        assert (job.status, job.rows_done) == ("done", 50)
        assert (job.created, job.updated, job.rejected) == (40, 0, 10)
        assert Contact.objects.count() == 40
        lines = rejected_path(job).read_text("utf-8-sig").splitlines()
        assert [line.split(",")[1] for line in lines[1:]] == [
            f"u{n}" for n in range(0, 50, 5)
        ]
        assert not upload_path(job).exists()

    def test_in_one_turn(self, job):
        self.assert_whole(finish(job))

    def test_in_turns_of_one_chunk(self, job):
        job = finish(job, turn=timedelta(0))
        assert job.attempt == 8
        self.assert_whole(job)

    @pytest.mark.parametrize("kept", [0, 20, None], ids=["not", "in part", "whole"])
    def test_a_turn_knows_whom_the_rows_before_it_named(
        self, account, alice, kept, monkeypatch
    ):
        monkeypatch.setattr(csv_repeats, "MOST_LATE", 5)
        people = [(f"p{n}@x.io", f"u{n}" if n % 2 else "", "", "", "") for n in range(20)]
        job = queued(account, alice, csv_bytes(HEADER, *people, *reversed(people)))
        file = upload_path(job).with_suffix(".repeats")

        while claimed := ImportJob.objects.claim(now=timezone.now()):
            run(job=claimed, clock=timezone.now, until=timezone.now())
            if file.exists():
                file.write_bytes(file.read_bytes()[:kept])

        job.refresh_from_db()
        assert (job.attempt, job.created, job.repeated) == (6, 20, 20)
        assert not file.exists()

    @pytest.mark.parametrize("at", range(8))
    def test_a_worker_killed_before_its_commit_is_as_if_it_had_not_begun(
        self, job, at, monkeypatch
    ):
        """Killed at the worst moment: rejected rows are on the disk, nothing committed."""
        store, calls = import_runs._store, []

        def killed(*args, **kwargs):
            store(*args, **kwargs)
            calls.append(1)
            if len(calls) == at + 1:
                raise KeyboardInterrupt

        monkeypatch.setattr(import_runs, "_store", killed)
        claimed = ImportJob.objects.claim(now=timezone.now())
        with pytest.raises(KeyboardInterrupt):
            run(job=claimed, clock=timezone.now, until=timezone.now() + timedelta(hours=1))
        monkeypatch.undo()
        job.refresh_from_db()
        assert job.rows_done == 7 * at
        assert ImportJob.objects.claim(now=timezone.now()) is None

        later = timezone.now() + timedelta(seconds=61)
        again = ImportJob.objects.claim(now=later)
        run(job=again, clock=timezone.now, until=later + timedelta(hours=1))

        self.assert_whole(job)

    def test_a_worker_that_slept_through_its_lease_touches_nothing(self, job):
        sleeper = ImportJob.objects.claim(now=timezone.now())
        other = ImportJob.objects.claim(now=timezone.now() + timedelta(seconds=61))
        run(job=other, clock=timezone.now, until=timezone.now() + timedelta(hours=1))
        before = rejected_path(job).read_bytes()
        upload_path(job).write_bytes(csv_bytes(HEADER, *self.ROWS))

        run(job=sleeper, clock=timezone.now, until=timezone.now() + timedelta(hours=1))

        assert rejected_path(job).read_bytes() == before
        upload_path(job).unlink()
        self.assert_whole(job)

    def test_two_jobs_of_an_account_take_turns_and_those_of_two_do_not(
        self, job, account, other_account, alice
    ):
        second = queued(account, alice, csv_bytes(HEADER, ("z@x.io", "", "", "", "")))
        theirs = queued(other_account, alice, csv_bytes(HEADER, ("z@x.io", "", "", "", "")))

        claimed = [ImportJob.objects.claim(now=timezone.now()) for _ in range(3)]

        assert claimed == [job, theirs, None]
        assert second.status == "queued"

    def test_a_cancelled_job_stops_at_the_next_chunk(self, job):
        claimed = ImportJob.objects.claim(now=timezone.now())
        job.refresh_from_db()
        assert job.cancel(now=timezone.now())

        run(job=claimed, clock=timezone.now, until=timezone.now() + timedelta(hours=1))

        job.refresh_from_db()
        assert (job.status, job.rows_done) == ("cancelled", 0)
        assert not Contact.objects.exists()

    def test_a_user_id_created_meanwhile_is_found_at_the_next_try(
        self, job, account, monkeypatch
    ):
        """As if Segment had identified u1 between our look-up and our insert."""
        taken = []

        def locked(*args, **kwargs):
            found = list(real(*args, **kwargs))
            if not taken:
                taken.append(Contact.objects.create(account=account, user_id="u1"))
                return []
            return found

        real = chunks._locked
        monkeypatch.setattr(chunks, "_locked", locked)
        job = finish(job)

        assert (job.status, Contact.objects.count()) == ("done", 40)

    def test_a_missing_file_is_said(self, job):
        upload_path(job).unlink()
        job = finish(job)
        assert job.status == "failed"
        assert "share DATA_DIR" in job.error

    def test_files_go_when_their_time_is_over(self, job, account, alice):
        job = finish(job)
        abandoned = queued(account, alice, csv_bytes(HEADER, ("z@x.io", "", "", "", "")))
        ImportJob.objects.filter(pk=abandoned.pk).update(
            status="uploaded", created_at=timezone.now() - timedelta(days=2)
        )
        prune_imports()
        assert rejected_path(job).exists()
        assert not upload_path(abandoned).exists()

        ImportJob.objects.filter(pk=job.pk).update(
            finished_at=timezone.now() - timedelta(days=8)
        )
        prune_imports()

        assert not rejected_path(job).exists()
        job.refresh_from_db()
        assert job.files_removed_at is not None


TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\t\r\n=+-@'\","),
    max_size=12,
)
NAMES = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=8)
VALUES = (
    TEXT | st.integers(-99, 99) | st.booleans() | st.none() | st.lists(TEXT, max_size=2)
)


class TestRoundTrip:
    @settings(
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(
        st.lists(
            st.tuples(TEXT.filter(str.strip), st.dictionaries(NAMES, VALUES, max_size=3)),
            min_size=1,
            max_size=5,
            unique_by=lambda person: person[0].strip(),
        )
    )
    def test_importing_an_export_changes_nothing(self, account, alice, people):
        with transaction.atomic():
            Contact.objects.bulk_create(
                Contact(account=account, user_id=name.strip(), attributes=attributes)
                for name, attributes in people
            )
            mine = Contact.objects.filter(account=account).order_by("pk")
            before = list(mine.values())
            export = b"".join(streamed(contact_table(mine), Form.CSV))

            job = finish(queued(account, alice, export))

            assert (job.created, job.updated, job.rejected) == (0, 0, 0)
            assert list(mine.values()) == before
            transaction.set_rollback(True)

    def test_an_export_of_one_account_makes_the_same_people_in_another(
        self, account, other_account, alice
    ):
        import_rows(
            account,
            alice,
            HEADER,
            ("=1@x.io", "u1", "=Ann", "-", "'+49"),
            ("b@x.io", "", "Zoë", "O'Neil, Jr.", "line\nbreak"),
        )
        mine = Contact.objects.filter(account=account)
        export = b"".join(streamed(contact_table(mine), Form.CSV))

        finish(queued(other_account, alice, export))

        theirs = Contact.objects.filter(account=other_account)
        columns = ("user_id", "email", "first_name", "last_name", "attributes")
        assert list(theirs.order_by("pk").values(*columns)) == list(
            mine.order_by("pk").values(*columns)
        )
