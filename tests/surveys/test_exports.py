"""Contacts, surveys and answers as files: what is in them, and how the large ones come."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.urls import reverse

from contacts.models import Contact, ContactList
from promoter.accounts.models import AuditEvent, Membership
from promoter.lib import exporting
from segment_ingest.erasing import erase_person
from surveys.exports import files, running
from surveys.exports.files import path_of
from surveys.inbox.acting import tag, tag_named
from surveys.models import ExportJob, Response, Survey, SurveyEmail
from surveys.tasks import prune_exports, run_exports
from surveys.views import exports as views
from tests.surveys.asked import ask, kate
from tests.surveys.test_response_list import answer

pytestmark = pytest.mark.django_db

START = "/exports/start/"


@pytest.fixture(autouse=True)
def _own_files(tmp_path, settings, request):
    if "celery_worker" not in request.fixturenames:
        settings.EXPORT_DIR = tmp_path / "exports"


@pytest.fixture
def many(monkeypatch):
    """One row is many already, and parts are small."""
    monkeypatch.setattr(views, "FEW", 0)
    monkeypatch.setattr(exporting, "PART", 2)


@pytest.fixture
def three(account, campaign, now):
    """Answers of three days, each with its own attributes; the last is a formula."""
    with time_machine.travel(now, tick=False):
        rows = []
        for place, attributes in enumerate(
            [{"plan": "pro", "seats": 5}, {"plan": "free", "=cmd": "=1+1"}, {"tags": ["a"]}]
        ):
            contact = kate(account, email=f"k{place}@example.com", user_id=f"u{place}")
            at = now - timedelta(days=place)
            row = answer(campaign, at, (10, 3, 8)[place], "=HYPERLINK(0)", contact)
            row.attributes = attributes
            row.save()
            rows.append(row)
        yield rows


def taken(client, what: str, query: str = "", form: str = "csv") -> str:
    got = client.post(START, {"what": what, "filter": query, "form": form})
    assert got.status_code == 200
    assert got.streaming
    return b"".join(got.streaming_content).decode()


def sheet(text: str) -> list[dict[str, str]]:
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:], newline="")))


def lines(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def work() -> None:
    """As the workers do, until nothing waits."""
    while ExportJob.objects.under_way().exists():
        run_exports()


class TestWhatIsInThem:
    def test_answers_as_csv(self, alice_client, alice, account, three, now):
        urgent = tag_named("urgent", account=account)
        tag(cases=[three[0].pk], with_=urgent, by=alice, now=now)

        first, second, third = sheet(taken(alice_client, "responses"))

        assert list(first)[-4:] == [
            f"attributes.{n}" for n in ("=cmd", "plan", "seats", "tags")
        ]
        assert (first["score"], first["band"], first["tags"]) == (
            "10",
            "promoter",
            "urgent",
        )
        assert (first["email"], first["user_id"]) == ("k0@example.com", "u0")
        assert first["responded_at"] == "2026-11-23T12:00:00Z"
        assert first["changed_at"] == first["attributes.=cmd"] == ""
        assert (first["attributes.plan"], first["attributes.seats"]) == ("pro", "5")
        # Nothing that a spreadsheet would calculate.
        assert second["comment"] == "'=HYPERLINK(0)"
        assert second["attributes.=cmd"] == "'=1+1"
        assert third["attributes.tags"] == '["a"]'

    def test_a_negative_number_is_one_for_a_spreadsheet_too(self, alice_client, three):
        balance = {"balance": -12.5, "seats": -3, "note": "-3", "is_new": True}
        Response.objects.filter(pk=three[0].pk).update(attributes=balance)

        row = sheet(taken(alice_client, "responses"))[0]

        cells = [row[f"attributes.{name}"] for name in balance]
        assert cells == ["-12.5", "-3", "'-3", "true"]

    def test_answers_as_json_lines(self, alice_client, three):
        first, second, third = lines(taken(alice_client, "responses", form="jsonl"))

        assert first["attributes"] == {"plan": "pro", "seats": 5}
        assert (first["score"], first["tags"], first["status"]) == (10, [], "open")
        assert second["comment"] == "=HYPERLINK(0)"
        assert third["attributes"] == {"tags": ["a"]}
        assert third["responded_at"] == "2026-11-21T12:00:00Z"

    def test_surveys_with_what_became_of_them(
        self, alice_client, account, campaign, three, now
    ):
        contact = kate(account, email="skipped@example.com")
        skipped = ask(contact, campaign, now, invitation=SurveyEmail.Status.CANCELLED)
        Survey.objects.filter(pk=skipped.pk).update(skip_reason="throttled", skipped_at=now)
        ask(contact, campaign, now, reminder=SurveyEmail.Status.SCHEDULED)
        bounced = ask(contact, campaign, now)
        bounced.emails.update(outcome=SurveyEmail.Outcome.BOUNCED)

        rows = lines(taken(alice_client, "surveys", form="jsonl"))

        assert [
            (row["state"], row["skip_reason"], row["reminder"]) for row in rows[:3]
        ] == [
            ("bounced", None, None),
            ("sent", None, "scheduled"),
            ("skipped", "throttled", None),
        ]
        assert [(row["state"], row["score"]) for row in rows[3:]] == [
            ("answered", 10),
            ("answered", 3),
            ("answered", 8),
        ]

    @pytest.mark.parametrize(
        ("what", "query", "scores"),
        [
            ("responses", "attribute=plan&value=free", [3]),
            ("responses", "from=2026-11-22&to=2026-11-22", [3]),
            ("responses", "band=passive", [8]),
            ("inbox", "tab=all&band=promoter", [10]),
            ("inbox", "tab=mine", []),
            ("inbox", "tab=open", [10, 3, 8]),
            ("surveys", "band=detractor", [3]),
            ("surveys", "latest=yes&from=2026-11-21&to=2026-11-22", [3, 8]),
        ],
    )
    def test_the_file_has_what_the_page_shows(
        self, alice_client, three, what, query, scores
    ):
        rows = lines(taken(alice_client, what, query, form="jsonl"))
        assert [row["score"] for row in rows] == scores

    def test_rows_of_one_moment_are_all_there_part_by_part(
        self, alice_client, campaign, three, now, monkeypatch
    ):
        for _ in range(5):
            answer(campaign, now, 9)
        monkeypatch.setattr(exporting, "PART", 2)

        rows = lines(taken(alice_client, "responses", form="jsonl"))

        assert [row["score"] for row in rows] == [9, 9, 9, 9, 9, 10, 3, 8]
        assert len({row["id"] for row in rows}) == 8

    def test_nothing_of_another_account(self, charlie_client, campaign, three):
        for what in ("responses", "inbox", "surveys", "contacts"):
            assert taken(charlie_client, what, form="jsonl") == ""
        stranger = charlie_client.post(
            START, {"what": "responses", "filter": f"campaign={campaign.pk}"}
        )
        assert stranger.status_code == 404
        assert charlie_client.post(START, {"what": "everything"}).status_code == 404


class TestLargeOnes:
    """By a worker, into a file that is kept for a week."""

    def started(self, client, what="responses", query="", form="csv") -> ExportJob:
        got = client.post(START, {"what": what, "filter": query, "form": form})
        job = ExportJob.objects.latest("pk")
        assert got["Location"] == reverse("export", args=[job.pk])
        return job

    @pytest.mark.parametrize("form", ["csv", "jsonl"])
    @pytest.mark.parametrize("what", ["responses", "inbox", "surveys", "contacts"])
    def test_the_file_is_what_would_have_been_sent(
        self, alice_client, three, many, monkeypatch, what, form
    ):
        job = self.started(alice_client, what, "", form)
        assert (
            "Waiting for a worker"
            in alice_client.get(f"/exports/{job.pk}/").content.decode()
        )
        work()

        page = alice_client.get(f"/exports/{job.pk}/").content.decode()
        file = alice_client.get(f"/exports/{job.pk}/file/")
        monkeypatch.setattr(views, "FEW", 10)

        assert "Your file is ready" in page
        assert b"".join(file.streaming_content).decode() == taken(
            alice_client, what, "", form
        )
        assert (
            file["Content-Disposition"]
            == f'attachment; filename="{what}-2026-11-23.{form}"'
        )
        assert [event.action for event in AuditEvent.objects.order_by("pk")][1:2] == [
            "export.downloaded"
        ]

    def test_progress_is_of_both_passes(self, alice_client, three, many, monkeypatch, now):
        job = self.started(alice_client)
        job = ExportJob.objects.claim(now=now)
        shown = []
        for _ in range(2):
            running.run(job=job, clock=lambda: now, until=now)
            job.refresh_from_db()
            page = alice_client.get(f"/exports/{job.pk}/progress/").content.decode()
            shown.append((job.status, job.percent, "%:" in page))
            job = ExportJob.objects.claim(now=now)
        assert shown == [("queued", 33, True), ("queued", 50, True)]

    def test_one_too_large_to_be_counted_in_time_is_written_without_a_total(
        self, alice_client, three, many, monkeypatch, now
    ):
        if connection.vendor != "postgresql":
            pytest.skip("SQLite has no time limit.")

        def count(table):
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = 20")
                cursor.execute("SELECT pg_sleep(60)")

        monkeypatch.setattr(exporting.Table, "count", count)
        job = self.started(alice_client)
        shown = []
        for _ in range(2):
            held = ExportJob.objects.claim(now=now)
            running.run(job=held, clock=lambda: now, until=now)
            page = alice_client.get(f"/exports/{job.pk}/progress/").content.decode()
            shown.append("of very many" in page and "%" not in page)
        assert shown == [True, True]
        work()
        (done,) = ExportJob.objects.all()
        assert (done.status, done.seen) == ("done", 3)

    def test_a_cancelled_one_leaves_no_file(self, alice_client, three, many, now):
        job = self.started(alice_client)
        held = ExportJob.objects.claim(now=now)
        running.run(job=held, clock=lambda: now, until=now)
        held = ExportJob.objects.claim(now=now)

        alice_client.post(f"/exports/{job.pk}/remove/")
        running.run(job=held, clock=lambda: now, until=now + timedelta(hours=1))

        job.refresh_from_db()
        assert (job.status, path_of(job).exists()) == ("cancelled", False)

    def test_a_file_goes_on_where_it_is_certain(
        self, alice_client, three, many, now, monkeypatch
    ):
        whole = self.started(alice_client)
        work()
        job = self.started(alice_client)
        real, calls = running.append, []

        def torn(job, text):
            calls.append(text)
            if len(calls) == 3:
                with path_of(job).open("ab") as file:
                    file.write(text[:7])
                raise KeyboardInterrupt
            return real(job, text)

        monkeypatch.setattr(running, "append", torn)
        with pytest.raises(KeyboardInterrupt):
            run_exports()
        ExportJob.objects.filter(pk=job.pk).update(lease_until=now - timedelta(seconds=1))
        work()

        job.refresh_from_db()
        assert (job.status, job.attempt) == ("done", 2)
        assert path_of(job).read_bytes() == path_of(whole).read_bytes()

    def test_what_goes_wrong_is_said(self, alice_client, account, three, many):
        gone = ContactList.objects.create(account=account, name="Gone")
        job = self.started(alice_client, "contacts")
        listed = ExportJob.objects.filter(pk=job.pk)
        listed.update(what="responses", query=f"list={gone.pk}")
        gone.delete()
        work()
        assert listed.get().error == running.GONE
        assert "no longer here" in alice_client.get(f"/exports/{job.pk}/").content.decode()

        lost = self.started(alice_client)
        ExportJob.objects.filter(pk=lost.pk).update(size=99)
        work()
        lost.refresh_from_db()
        assert lost.error == running.FILE_GONE

    def test_an_erasure_removes_the_files(
        self, alice_client, account, three, many, now, django_capture_on_commit_callbacks
    ):
        done = self.started(alice_client)
        work()
        waiting = self.started(alice_client)

        with django_capture_on_commit_callbacks(execute=True):
            erase_person(contact=Contact.objects.get(user_id="u0"), now=now)

        for job in (done, waiting):
            job.refresh_from_db()
            assert (job.status, job.error, path_of(job).exists()) == (
                *("failed", files.ERASED),
                False,
            )

    def test_they_are_listed_and_gone_after_a_week(self, alice_client, three, many, now):
        job = self.started(alice_client)
        work()
        path = path_of(job)
        assert f"/exports/{job.pk}/file/" in alice_client.get("/exports/").content.decode()

        with time_machine.travel(now + timedelta(days=6, hours=23)):
            prune_exports()
        assert path.exists()
        with time_machine.travel(now + timedelta(days=8)):
            prune_exports()

        assert not path.exists()
        assert "No exports" in alice_client.get("/exports/").content.decode()

    def test_a_viewer_takes_and_removes_their_own_only(
        self, alice, alice_client, bob, three, many
    ):
        theirs = self.started(alice_client)
        ExportJob.objects.update(created_by=bob)
        Membership.objects.filter(user=alice).update(role="viewer")
        own = self.started(alice_client)

        assert alice_client.post(f"/exports/{theirs.pk}/remove/").status_code == 403
        for _ in ("cancelled", "removed"):
            assert alice_client.post(f"/exports/{own.pk}/remove/").status_code == 302
        assert ExportJob.objects.get() == theirs


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_rows_of_several_parts_are_whole(alice_client, account, now, monkeypatch, form):
    count = 2 * exporting.PART + 500
    monkeypatch.setattr(views, "FEW", exporting.PART)
    Contact.objects.bulk_create(
        Contact(account=account, user_id=f"u{n}", attributes={f"k{n % 7}": n, "=x": "-"})
        for n in range(count)
    )
    alice_client.post(START, {"what": "contacts", "form": form})
    work()
    text = path_of(ExportJob.objects.get()).read_text("utf-8")
    rows = sheet(text) if form == "csv" else lines(text)

    assert [row["user_id"] for row in rows] == [f"u{n}" for n in range(count)]
    last = rows[-1] if form == "csv" else rows[-1]["attributes"]
    assert str(last[f"k{(count - 1) % 7}"]) == str(count - 1)
